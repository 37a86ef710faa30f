"""What keeps the record sound and the assistant alive: sealing, claims, clocks, retention, operators."""
