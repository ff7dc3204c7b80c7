"""Sealing secrets under a keyring of master keys."""
