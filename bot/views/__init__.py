"""What people read: a domain value in, a Reply out."""
