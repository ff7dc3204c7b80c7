"""The sandbox with tokens of minutes, in a process of its own.

`python -m tests.soak.short_tokens FOLDER` prints its address.
Access tokens end after ten minutes. TikTok's refresh tokens end after 75, so that background work
refreshes an unused account a quarter of an hour after its tokens were issued, and asks its person
to reconnect each time, which is an event.
"""

import sys
from pathlib import Path

from openchannels.sandbox.platforms.google import accounts as google
from openchannels.sandbox.platforms.kwai import app as kwai
from openchannels.sandbox.platforms.tiktok import app as tiktok
from openchannels.sandbox.platforms.twitter import login as twitter
from openchannels.server.serve import run_async
from tests.harness.serve import sandbox

PLATFORMS = ("youtube", "tiktok", "twitter", "KWAI")
ACCESS_SECONDS = 600
REFRESH_SECONDS = 4_500

if __name__ == "__main__":
    for module in (google, kwai, tiktok, twitter):
        vars(module)["ACCESS_SECONDS"] = ACCESS_SECONDS
    tiktok.REFRESH_SECONDS = REFRESH_SECONDS
    run_async(sandbox(Path(sys.argv[1])))
