"""The rules of attendance: pure functions over frozen values, no IO, time passed in."""
