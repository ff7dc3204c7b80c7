"""Background tasks by name, and what is due of them, for tests that run no scheduler."""

from openchannels.service.services import Services
from openchannels.service.tasks.task import Task

ALL_THERE_ARE = 1000


def task_named(services: Services, name: str) -> Task:
    """The background task of a name."""
    (found,) = (task for task in services.tasks if task.name == name)
    return found


async def run_due(services: Services, *names: str) -> int:
    """Do what is due of some tasks, or of all, as a scheduler would; returns how many batches."""
    done = 0
    for task in services.tasks:
        if not names or task.name in names:
            for ids in await task.claim(ALL_THERE_ARE):
                await task.run(ids)
                done += 1
    return done
