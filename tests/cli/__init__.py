"""The real commands, as subprocesses."""
