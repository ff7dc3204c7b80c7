"""Stores everything: tables, two database engines, one module of queries per noun, the vault."""
