"""What leads do for their people: make-up punches, excused days, nudges, and the notes about them."""
