"""Single works, figures of accounts and works, and the snapshots that are kept of them."""
