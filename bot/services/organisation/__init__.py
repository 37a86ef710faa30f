"""The directory, visibility, rosters and absences."""
