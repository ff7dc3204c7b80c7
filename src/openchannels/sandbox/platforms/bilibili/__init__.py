"""The emulator of bilibili."""
