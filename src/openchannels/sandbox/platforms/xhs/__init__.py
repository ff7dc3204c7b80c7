"""The emulator of Xiaohongshu."""
