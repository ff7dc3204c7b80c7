"""The HTML pages that a person sees in a browser."""
