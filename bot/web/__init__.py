"""The bot's HTTP port: health, metrics, and the page."""
