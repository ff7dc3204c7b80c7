"""The fifteen platforms, one connector each."""
