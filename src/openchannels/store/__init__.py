"""Tables, the two database engines, queries per noun, and the vault."""
