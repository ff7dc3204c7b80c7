"""WeChat official accounts."""
