"""The bot's own HTTP port: health, metrics, and the page."""
