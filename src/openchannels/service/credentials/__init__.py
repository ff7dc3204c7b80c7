"""Credentials: a live token, refreshes, when they are due, when they are dead."""
