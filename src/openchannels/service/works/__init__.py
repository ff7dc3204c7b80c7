"""Listing works, and the cursors of their pages."""
