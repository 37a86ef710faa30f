"""Use cases: decide with the domain, store, then let it travel."""
