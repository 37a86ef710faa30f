"""What the router is made of, and how well sentences are understood. Not part of the installed package."""
