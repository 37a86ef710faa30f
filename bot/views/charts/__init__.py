"""Pictures of how days went, as values; `drawing` turns them into PNG and alone knows the plotting library."""
