"""The emulator of Kwai."""
