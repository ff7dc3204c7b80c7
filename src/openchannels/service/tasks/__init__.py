"""Background work: what is due, and the work on it."""
