"""What is built from the settings, part by part; `app.py` puts the parts together."""
