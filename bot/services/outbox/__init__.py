"""The outbox: one worker, and a sender for each kind of row."""
