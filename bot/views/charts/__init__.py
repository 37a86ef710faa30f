"""Pictures of how days went: `building` makes their values, `drawing` the pixels."""
