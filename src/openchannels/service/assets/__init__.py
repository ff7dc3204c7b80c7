"""Assets: signed, uploaded, confirmed, served and deleted."""
