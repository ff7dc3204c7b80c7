"""The emulator of Pinterest."""
