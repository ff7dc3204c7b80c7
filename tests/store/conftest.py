from tests.soak.fixtures import new_database

__all__ = ["new_database"]
