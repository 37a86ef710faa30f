"""Training and evaluation of the router. Not part of the installed package."""
