"""A punch from the wish to the receipt: recorded, carried to its targets, read back, answered."""
