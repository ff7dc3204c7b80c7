"""Connecting an account: from the start of a session to its end."""
