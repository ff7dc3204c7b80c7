"""Palaver, a made-up platform."""
