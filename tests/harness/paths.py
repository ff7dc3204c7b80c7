"""Paths of the API, and the platforms' endpoints that tests count calls of or let fail."""

API = "/api/v2/channels"
ACCOUNTS = f"{API}/accounts"
GROUPS = f"{API}/account-groups"
AUTH = f"{ACCOUNTS}/auth"
WORKS = f"{API}/works"
ENGAGEMENT = f"{API}/engagement"
WEBHOOKS = f"{API}/webhooks"
EVENTS = f"{API}/events"
PLUGINS = ("xhs", "wxSph")
"""Platforms whose accounts a browser plug-in hands in."""

TOKEN_ENDPOINTS = {
    "youtube": ("oauth2.googleapis.com", "/token"),
    "bilibili": ("api.bilibili.com", "/x/account-oauth2/v1/token"),
}
"""Where codes are redeemed: host and path."""
REFRESH_ENDPOINTS = {
    **TOKEN_ENDPOINTS,
    "bilibili": ("api.bilibili.com", "/x/account-oauth2/v1/refresh_token"),
}
PROFILE_ENDPOINTS = {
    "youtube": ("www.googleapis.com", "/youtube/v3/channels"),
    "facebook": ("graph.facebook.com", "/v26.0/me"),
    "bilibili": ("member.bilibili.com", "/arcopen/fn/user/account/info"),
}
"""Where is said whose account it is."""
WORKS_ENDPOINTS = {
    "youtube": ("www.googleapis.com", "/youtube/v3/playlistItems"),
    "bilibili": ("member.bilibili.com", "/arcopen/fn/archive/viewlist"),
}
