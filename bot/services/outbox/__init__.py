"""What leaves from rows: one worker, and a sender for each kind of row."""
