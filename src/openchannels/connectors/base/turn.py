"""What each method of a publisher is given, as one value."""

from dataclasses import dataclass

from openchannels.connectors.base.publisher import Job
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class Turn:
    client: PlatformClient
    account: Account
    tokens: Tokens
    job: Job

    @property
    def since_commit(self) -> float:
        """Seconds since the call that publishes was last begun."""
        return self.job.now - (self.job.committed_at or self.job.now)

    def until_look(self, *looks: float) -> float:
        """Returns the seconds until the next look, of looks after seconds since the commit."""
        elapsed = self.since_commit
        return next((look - elapsed for look in looks if look > elapsed), looks[-1])
