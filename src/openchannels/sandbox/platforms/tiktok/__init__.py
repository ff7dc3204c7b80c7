"""The emulator of TikTok."""
