"""Settings of a service under test, by environment name."""

import base64
import secrets

from openchannels.app.demo import demo_settings
from openchannels.settings.limits import LimitsSettings
from openchannels.settings.models import PREFIX

UNLIMITED = {
    f"{PREFIX}LIMITS__{name.upper()}": "0"
    for name in LimitsSettings.model_fields
    if name.endswith("_per_minute")
}
"""No limits of requests: a suite calls more often than one tool."""


def environ_of_suite() -> dict[str, str]:
    """Settings of a new store: its own master key, no limits, and all that is off by default."""
    return {
        **UNLIMITED,
        **{PREFIX + name: value for name, value in demo_settings().items()},
        f"{PREFIX}SERVER__LOG_LEVEL": "error",
        f"{PREFIX}VAULT__KEYS__TEST": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
