"""The directory, visibility and rosters."""
