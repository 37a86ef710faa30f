"""Absences, people's days, summaries and reports."""
