"""Whether a message is a punch."""
