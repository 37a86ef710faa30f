"""The attendance assistant for DingTalk."""

__version__ = "0.1.0"
