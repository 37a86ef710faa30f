"""Where somebody is: sites, positions and the page that takes them, and what leads hear of it."""
