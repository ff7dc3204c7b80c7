"""Commands that read and change accounts and works through the API, with one key."""
