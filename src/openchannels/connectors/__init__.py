"""The platforms, one connector each."""
