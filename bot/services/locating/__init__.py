"""Where somebody is: sites and positions, what people are told of them, and what leads hear."""
