"""Text in, intent out: pure, local, explainable."""
