"""The availability matrix: for each platform and field, whether it is available and why not."""

from collections.abc import Mapping
from dataclasses import dataclass

from openchannels.core.availability import (
    ACCOUNT_FIELDS,
    OPERATION_NAMES,
    WORK_FIELDS,
    CoverageCell,
)
from openchannels.core.platforms import Platform, Text
from openchannels.service.platforms.catalog import Platforms


@dataclass(frozen=True, slots=True)
class PlatformAvailability:
    """One platform's rows of the matrix, by wire name of the field or operation."""

    platform: Platform
    name: Text
    lists_works: bool
    works_absent: Text | None
    account: Mapping[str, CoverageCell]
    work: Mapping[str, CoverageCell]
    operations: Mapping[str, CoverageCell]


def matrix(platforms: Platforms) -> list[PlatformAvailability]:
    """The whole matrix, as the connectors declare it."""
    rows = []
    for view in platforms.views():
        connector = platforms.connector(view.id)
        rows.append(
            PlatformAvailability(
                platform=view.id,
                name=view.name,
                lists_works=view.lists_works,
                works_absent=view.works_absent,
                account={name: connector.accounts.coverage.cell(name) for name in ACCOUNT_FIELDS},
                work={name: connector.works_coverage().cell(name) for name in WORK_FIELDS},
                operations={
                    name: connector.operations_coverage().cell(name) for name in OPERATION_NAMES
                },
            )
        )
    return rows
