"""Facebook, Instagram and Threads."""
