"""The emulator of Douyin."""
