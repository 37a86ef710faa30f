"""What is asked, what it may have been, and every other intent."""
