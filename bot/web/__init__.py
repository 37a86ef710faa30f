"""The bot's own HTTP port: health and metrics."""
