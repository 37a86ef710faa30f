"""Who is due and has not punched, and speaking to them once."""
