"""The read-only API `/api/v1` for a company's other programs, and its tools for an assistant."""
