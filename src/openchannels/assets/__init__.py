"""Stores of the bytes of assets, and what finds out what a file is."""
