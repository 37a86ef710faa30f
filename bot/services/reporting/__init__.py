"""Summaries, reports, digests, and the answer about stored data."""
