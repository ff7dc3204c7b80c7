"""The fifteen platforms as filled-in forms."""
