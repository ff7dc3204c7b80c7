"""Background tasks by name, for tests that run no scheduler."""

from openchannels.service.services import Services
from openchannels.service.tasks.task import Task
from openchannels.testing.background import run_due as run_due


def task_named(services: Services, name: str) -> Task:
    """The background task of a name."""
    (found,) = (task for task in services.tasks if task.name == name)
    return found
