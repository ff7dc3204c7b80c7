"""Background tasks over due rows."""
