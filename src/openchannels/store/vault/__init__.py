"""Encrypts secrets under a keyring of master keys."""
