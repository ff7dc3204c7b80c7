"""One module of routes per tag."""
