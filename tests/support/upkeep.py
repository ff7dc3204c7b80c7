"""Background work at a word, for tests that run no engine."""

from openchannels.service.services import Services

AS_MANY_AS_THERE_ARE = 1000


async def look(services: Services, *names: str) -> int:
    """Do what is due of some tasks, or of all, as an engine would; returns how many batches."""
    done = 0
    for task in services.upkeep:
        if not names or task.name in names:
            for ids in await task.take(AS_MANY_AS_THERE_ARE):
                await task.run(ids)
                done += 1
    return done
