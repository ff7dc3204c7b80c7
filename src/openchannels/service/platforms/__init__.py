"""Platforms as this installation has them."""
