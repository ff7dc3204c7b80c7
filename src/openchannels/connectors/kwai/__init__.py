"""Kwai."""
