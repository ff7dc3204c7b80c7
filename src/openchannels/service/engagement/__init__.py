"""Comments on works, and what accounts do on their platforms."""
