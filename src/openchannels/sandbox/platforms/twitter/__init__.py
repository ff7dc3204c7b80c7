"""The emulator of X (Twitter)."""
