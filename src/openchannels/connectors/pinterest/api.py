"""Pinterest: where its API answers."""

API = "https://api.pinterest.com/v5"
