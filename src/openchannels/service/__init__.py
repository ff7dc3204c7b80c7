"""The use cases, one module per noun. Every business rule lives here."""
