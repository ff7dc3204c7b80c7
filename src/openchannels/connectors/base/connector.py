"""What a platform is, and what can be done with it. `docs/connectors.md` walks through one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import Auth
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.works import NO_PUBLIC_API, NOT_ENABLED, WorksReader
from openchannels.core.availability import FieldCoverage
from openchannels.core.platform_errors import Failure, RemainingQuota
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer
from openchannels.transport.platform_app import App


class Connector:
    """One platform: its identity, its capabilities, and how its answers are read.

    Each capability is an object, or None where the platform lacks it. Their methods raise
    PlatformFailure; nothing else leaves a connector on purpose.
    """

    id: ClassVar[Platform]
    name: ClassVar[Text]
    mark: ClassVar[Mark]
    docs_url: ClassVar[str]
    sandbox_settings: ClassVar[Mapping[str, Any]] = {}
    """Options that stand in over a sandbox where none are configured."""
    request_id_header: ClassVar[str | None] = None
    """The header, in lower case, with the platform's request id, where it is not x-request-id."""
    cost_unit: ClassVar[str] = "calls"
    """What the platform counts or charges: calls, quota units, USD."""
    costs: ClassVar[Mapping[str, float]] = {}
    """Cost of one call by operation, in `cost_unit`; 1 where an operation is not named."""

    failures: ClassVar[FailureTable] = FailureTable()
    """How refusals are read; by the HTTP status alone where the platform tells no more."""

    auth: ClassVar[Auth]
    accounts: ClassVar[AccountReader]
    works: ClassVar[WorksReader | None] = None
    works_absent: ClassVar[Text] = NO_PUBLIC_API
    """Why `works` is None."""
    inbound: ClassVar[Inbound | None] = None

    def works_coverage(self) -> FieldCoverage:
        """Fields of a work that the platform gives; none where works cannot be listed."""
        return self.works.coverage if self.works else FieldCoverage(otherwise=self.works_absent)

    def works_absence(self, app: App | None) -> tuple[str, Text] | None:
        """Why works cannot be listed with this app: a stable reason and a text for people."""
        if self.works is None:
            return "no_public_api", self.works_absent
        if app is None:
            return None
        absent = self.works.absent_for(app)
        if absent is not None:
            return "no_public_api", absent
        if self.works.option is None or app.option(self.works.option):
            return None
        name = f"platforms.{self.id}.{self.works.option}"
        return "not_enabled", Text(
            en=NOT_ENABLED.en.format(name=name), zh=NOT_ENABLED.zh.format(name=name)
        )

    def cost(self, operation: str) -> float:
        """What one call of an operation costs, in `cost_unit`."""
        return self.costs.get(operation, 1.0)

    def remaining_quota(self, answer: Answer) -> RemainingQuota | None:
        """What a good answer tells of the platform's limits."""
        return None

    def classify(self, answer: Answer) -> Failure | None:
        """Read an answer of the platform; None is success."""
        return self.failures.classify(answer)
