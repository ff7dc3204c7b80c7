"""The operator's work: audit, erasure, key rotation, environment."""
