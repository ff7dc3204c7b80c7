"""The suite in `suite` runs in a process of its own; see `test_plugin.py`."""

collect_ignore = ["suite"]
