"""Nouns and laws of the product. Standard library only."""
