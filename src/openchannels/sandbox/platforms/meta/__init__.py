"""The emulator of Instagram and Threads."""
