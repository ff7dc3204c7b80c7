"""The emulator of Facebook."""
