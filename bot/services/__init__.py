"""Use cases: decide with the domain, store the result, then send it."""
