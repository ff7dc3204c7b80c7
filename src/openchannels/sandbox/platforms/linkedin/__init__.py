"""The emulator of LinkedIn."""
