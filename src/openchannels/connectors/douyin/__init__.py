"""Douyin."""
