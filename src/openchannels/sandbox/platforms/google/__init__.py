"""The emulator of Google: accounts, YouTube, Business Profile."""
