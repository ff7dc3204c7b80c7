from tests.soak.fixtures import database, new_database, rig, rig_with, running, tool

__all__ = ["database", "new_database", "rig", "rig_with", "running", "tool"]
