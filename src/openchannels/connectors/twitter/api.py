"""X: what several of its capabilities need."""

API = "https://api.x.com/2"
DAY = 86_400

# The documentation names the fields in two ways, and either may be the one the server takes.
FIELDS = {"tweet.fields": "created_at,public_metrics,attachments,note_tweet"}
NEW_FIELDS = {"post.fields": "created_at,public_metrics,attachments,note_post"}
RENAMED = "the fields go by another name"
