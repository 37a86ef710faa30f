"""The page for a position: links to it, what is tapped there, and whose phone that was."""
