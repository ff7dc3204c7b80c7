"""Publishing: the values that options of a publication may take."""
