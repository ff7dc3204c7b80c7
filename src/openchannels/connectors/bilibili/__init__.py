"""bilibili."""
