"""What may be on a topic: one module a noun."""
