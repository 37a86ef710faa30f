"""What a message says beside its intent."""
