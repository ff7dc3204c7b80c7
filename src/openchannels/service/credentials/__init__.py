"""Credentials: opening and refreshing them, due times, and the health of their accounts."""
