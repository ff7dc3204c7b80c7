"""Programs that prove counts at full size: `python -m tests.soak.NAME [--size N] [--store S]`.

Each prints its figures last, one JSON line per store, and ends with status 1 when a count is
wrong. Reduced sizes of all run in `test_reduced.py`.
"""
