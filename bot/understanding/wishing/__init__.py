"""What is wished: quiet, leave, a correction, something for one's people, or nothing of it any more."""
