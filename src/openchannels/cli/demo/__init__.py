"""`openchannels demo`: connects sandbox accounts and shows their works."""
