"""From a stored message to an answer: who, what, which handler."""
