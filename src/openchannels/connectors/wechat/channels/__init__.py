"""WeChat Channels (视频号)."""
