"""YouTube and Google Business Profile."""
