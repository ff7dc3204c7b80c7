"""TikTok: where its API answers."""

API = "https://open.tiktokapis.com/v2"
