"""Who people are, whom they may see, and which shift they work on which day."""
