"""Charts of days: `building` makes their values, `drawing` makes the pixels."""
