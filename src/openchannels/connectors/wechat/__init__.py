"""WeChat official accounts and WeChat Channels."""
