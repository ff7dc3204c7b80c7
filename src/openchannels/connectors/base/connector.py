"""The connector: a platform's identity and capabilities. See `docs/connectors.md`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import Auth
from openchannels.connectors.base.engagement import Engagement
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.insights import AccountInsights, WorkDetails, WorkInsights
from openchannels.connectors.base.links import Links
from openchannels.connectors.base.option_values import OptionValues
from openchannels.connectors.base.publisher import Publisher
from openchannels.connectors.base.works import NO_PUBLIC_API, NOT_ENABLED, WorksReader
from openchannels.core.accounts import Candidate
from openchannels.core.availability import NOT_OFFERED, FieldCoverage
from openchannels.core.platform_errors import Failure, RemainingQuota
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.publishing import PublishRules
from openchannels.transport.client import Answer
from openchannels.transport.platform_app import App

NO_OPTION_VALUES = Text(
    en="No publish option of this platform has values that could be read.",
    zh="该平台没有需要读取取值的发布选项。",
)


class Connector:
    """One platform: its identity, its capabilities and the reading of its answers.

    Each capability is an object, or None if the platform lacks it. Their methods raise
    PlatformFailure and no other error on purpose.
    """

    id: ClassVar[Platform]
    name: ClassVar[Text]
    mark: ClassVar[Mark]
    docs_url: ClassVar[str]
    sandbox_settings: ClassVar[Mapping[str, Any]] = {}
    """Default options for the sandbox, used if none are configured."""
    request_id_header: ClassVar[str | None] = None
    """Lower-case name of the request id header, if it is not x-request-id."""
    cost_unit: ClassVar[str] = "calls"
    """Unit that the platform counts or charges: calls, quota units, USD."""
    costs: ClassVar[Mapping[str, float]] = {}
    """Cost of one call by operation, in `cost_unit`; 1 for other operations."""

    failures: ClassVar[FailureTable] = FailureTable()
    """Reads failures; the default uses the HTTP status only."""

    auth: ClassVar[Auth]
    accounts: ClassVar[AccountReader]
    works: ClassVar[WorksReader | None] = None
    works_absent: ClassVar[Text] = NO_PUBLIC_API
    """Why `works` is None."""
    details: ClassVar[WorkDetails | None] = None
    account_insights: ClassVar[AccountInsights | None] = None
    work_insights: ClassVar[WorkInsights | None] = None
    links: ClassVar[Links | None] = None
    """Reads links to works; None if they do not name a work."""
    inbound: ClassVar[Inbound | None] = None
    publishing: ClassVar[PublishRules] = PublishRules()
    """What the platform accepts as a work."""
    publisher: ClassVar[Publisher | None] = None
    """Publishes works; None if the platform lets nobody do that from outside."""
    engagement: ClassVar[Engagement | None] = None
    """Comments and interactions; None where the platform has none for others."""
    option_values: ClassVar[OptionValues | None] = None
    """Reads the values of `publishing.option_sources`; None without such sources."""

    absent: ClassVar[Mapping[str, Text]] = {}
    """Why an operation of core/availability.py is missing, where the general reason says less."""

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns an account that AiToEarn stored as this connector stores it.

        Its profile has the uid, the names and `account` as the handle; its tokens are those of
        OAuth, or a plug-in's cookie as the access token. None if they are not enough.
        """
        return candidate

    def works_coverage(self) -> FieldCoverage:
        """Returns the work fields that the platform provides; none if works cannot be listed."""
        return self.works.coverage if self.works else FieldCoverage(otherwise=self.works_absent)

    def operations_coverage(self) -> FieldCoverage:
        """Returns what can be read of single works, figures and values of publish options."""
        proving = self.details is not None and self.details.proves_owner
        capabilities = {
            "getDetail": self.details,
            "verifyOwnership": self.details if proving else None,
            "accountAnalytics": self.account_insights,
            "workAnalytics": self.work_insights,
            "optionValues": self.option_values,
        }
        held = {name: held.needs for name, held in capabilities.items() if held is not None}
        without_values = {} if self.option_values else {"optionValues": NO_OPTION_VALUES}
        return FieldCoverage(
            " ".join(name for name, needed in held.items() if needed is None),
            scoped={name: needed for name, needed in held.items() if needed is not None},
            never={**without_values, **self.absent},
            otherwise=self.works_absent if self.works is None else NOT_OFFERED,
        )

    def works_absence(self, app: App | None) -> tuple[str, Text] | None:
        """Returns why this app cannot list works, as a reason code and a text; None if it can."""
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
        """Returns the cost of one call of an operation, in `cost_unit`."""
        return self.costs.get(operation, 1.0)

    def remaining_quotas(self, answer: Answer) -> Sequence[RemainingQuota]:
        """Returns what is left of each limit that an answer names, a refusal too."""
        return ()

    def classify(self, answer: Answer) -> Failure | None:
        """Returns the failure that an answer reports; None for a success."""
        return self.failures.classify(answer)
