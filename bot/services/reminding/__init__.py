"""Reminders: the agenda, the proof that each is still due, and one message each."""
