"""The emulator of WeChat official accounts and WeChat Channels."""
