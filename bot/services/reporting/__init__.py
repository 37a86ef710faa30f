"""What is told of days: summaries, reports, digests, and what is stored about oneself."""
