"""Accounts: storing, status, disconnecting."""
