"""A web app whose users connect their social accounts and see their works: see README.md.

OPENCHANNELS_URL is the address of the service, OPENCHANNELS_API_KEY a key of it.
"""

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask, jsonify, render_template, request, url_for
from jinja2 import DictLoader

from openchannels.client import Account, ApiError, Client, ClientError, Metrics, Platform

SERVICE = os.environ["OPENCHANNELS_URL"].rstrip("/")
METRICS = {
    "view_count": "views",
    "play_count": "plays",
    "impression_count": "impressions",
    "reach_count": "reached",
    "like_count": "likes",
    "comment_count": "comments",
    "share_count": "shares",
    "save_count": "saves",
}

app = Flask(__name__)
client = Client.from_env()


# Connecting: the browser asks for an address, opens it, and hears how it ended.


@app.post("/connect/<platform>")
def start(platform: str) -> Any:
    """Starts a connection. Where popups are blocked, the person comes back to `redirect_uri`."""
    connection = client.connect(platform, redirect_uri=url_for("accounts", _external=True))
    return jsonify(url=connection.url, sessionId=connection.session_id)


@app.get("/connect/<platform>/<session_id>")
def outcome(platform: str, session_id: str) -> Any:
    """Says how a connection stands. Only this is certain: what a browser says may be made up."""
    session = client.auth.session(platform, session_id)
    return jsonify(
        status=session.status,
        accountIds=session.account_ids,
        errorCode=session.error_code,
        message=session.error_message,
    )


# Pages


@app.get("/")
def accounts() -> str:
    """The page to which a person also comes back, with the outcome in the query."""
    platforms = {one.platform: one for one in client.platforms.list()}
    offered = [one for one in platforms.values() if one.capabilities["auth"]["supported"]]
    return render_template(
        "accounts.html",
        accounts=[*client.accounts.iter()],
        platforms=platforms,
        offered=offered,
        failed=request.args.get("status") == "failed",
    )


@app.get("/accounts/<account_id>")
def works(account_id: str) -> str:
    account = client.accounts.get(account_id)
    platform = next(one for one in client.platforms.list() if one.platform == account.type)
    try:
        found = client.works.list(account.type, account_id, **position())
    except ApiError as refused:
        return render_template(
            "works.html", account=account, platform=platform, message=refused.message
        )
    at = found.pagination
    following = {"cursor": at.next_cursor}
    if at.mode == "page":
        following = {"page": (at.page or 1) + 1, "page_size": at.page_size}
    return render_template(
        "works.html",
        account=account,
        platform=platform,
        works=found.items,
        more=following if at.has_next else None,
    )


def position() -> dict[str, Any]:
    """Where the page of works begins: by number or by cursor, as the platform has it."""
    numbers = {name: request.args.get(name, type=int) for name in ("page", "page_size")}
    return {**numbers, "cursor": request.args.get("cursor")}


@app.errorhandler(ClientError)
def failed(error: ClientError) -> Any:
    """What the service refuses or cannot answer: text for scripts, a page for people."""
    message = error.message if isinstance(error, ApiError) else str(error)
    if request.path.startswith("/connect/"):
        return jsonify(message=message), 502
    return render_template("failed.html", message=message), 502


@app.context_processor
def helpers() -> dict[str, Any]:
    return {"service": SERVICE, "state": state, "figures": figures, "short": short}


def told(texts: Mapping[str, str]) -> str:
    """Picks the text in the person's language."""
    language = request.accept_languages.best_match(["en-US", "zh-CN"], "en-US")
    return texts.get(language, "")


def state(account: Account) -> tuple[str, str]:
    """Says how an account fares: `good` or `bad`, and words for it."""
    if account.status == 1:
        return "good", "Connected"
    return "bad", told(account.advice) or "Connect it again"


def figures(metrics: Metrics) -> list[tuple[str, str]]:
    """The metrics that the platform gives: one that it does not give is None, never 0."""
    given = ((name, getattr(metrics, field)) for field, name in METRICS.items())
    return [(name, short(value)) for name, value in given if value is not None]


def short(number: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + letter
    return str(number)


@app.template_filter("name")
def name_of(platform: Platform) -> str:
    return told(platform.display_name)


LAYOUT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Studio</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{{ url_for('style') }}">
<header><a href="{{ url_for('accounts') }}">Studio</a></header>
<main>{% block main %}{% endblock %}</main>
</html>
"""

FAILED = """{% extends "layout.html" %}{% block main %}
<h1>This did not work</h1>
<p class="notice failed">{{ message }}</p>
{% endblock %}"""

ACCOUNTS = """{% extends "layout.html" %}{% block main %}
<h1>Your accounts</h1>
<p class="notice failed" role="status" {{ "hidden" if not failed }}>Nothing was connected.</p>
{% if accounts %}
<ul class="accounts">
  {% for account in accounts %}
  {% set kind, words = state(account) %}
  <li><a href="{{ url_for('works', account_id=account.id) }}">
    <img class="logo" src="{{ platforms[account.type].logo_url }}" alt="" width="44" height="44">
    <span class="who"><b>{{ account.nickname }}</b>
      <small>{{ platforms[account.type] | name }}
      {%- if account.fans_count %} · {{ short(account.fans_count) }} followers{% endif %}
      </small></span>
    <span class="state {{ kind }}">{{ words }}</span>
  </a></li>
  {% endfor %}
</ul>
{% else %}
<p class="empty">Nothing is connected yet. Pick a platform to begin.</p>
{% endif %}
<h2>Connect another</h2>
<div class="platforms">
  {% for platform in offered %}
  <button type="button" data-platform="{{ platform.platform }}">
    <img class="logo" src="{{ platform.logo_url }}" alt="" width="32" height="32">
    {{ platform | name }}
  </button>
  {% endfor %}
</div>
<script type="module">
import { connect } from "{{ service }}/assets/connect.js";

// The way back of a popup ends here: the page that opened it shows the outcome.
if (opener && location.search) close();

const notice = document.querySelector(".notice");
const buttons = [...document.querySelectorAll("[data-platform]")];

async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function show(text, failed) {
  notice.textContent = text;
  notice.classList.toggle("failed", failed);
  notice.hidden = false;
}

async function connected(platform) {
  const started = ask(`/connect/${platform}`, { method: "POST" });
  const status = async () => ask(`/connect/${platform}/${(await started).sessionId}`);
  const outcome = await connect(started, { poll: status });
  if (outcome.status === "cancelled") return show("Nothing was connected.", false);
  const { status: end, message } = await status();
  if (end === "completed") location.replace("{{ url_for('accounts') }}");
  else show(message, true);
}

for (const button of buttons) {
  button.addEventListener("click", async () => {
    buttons.forEach((one) => { one.disabled = true; });
    show("Go on in the window that has opened.", false);
    await connected(button.dataset.platform).catch((error) => show(error.message, true));
    buttons.forEach((one) => { one.disabled = false; });
  });
}
</script>
{% endblock %}"""

WORKS = """{% extends "layout.html" %}{% block main %}
<p><a href="{{ url_for('accounts') }}">← Your accounts</a></p>
<div class="title"><img class="logo" src="{{ platform.logo_url }}" alt="" width="52" height="52">
  <h1>{{ account.nickname }}<small>{{ platform | name }}</small></h1></div>
{% if message %}<p class="notice failed">{{ message }}</p>
{% elif not works %}<p class="empty">No works yet.</p>{% endif %}
<ol class="works">
  {% for work in works %}
  <li>
    <div>
      <a href="{{ work.url or '#' }}" rel="noreferrer">
        <b>{{ work.title or work.description or "Untitled" }}</b></a>
      <small>{{ work.published_at.strftime("%d %B %Y") if work.published_at }}</small>
    </div>
    <dl>{% for label, value in figures(work.metrics) %}
      <div><dd>{{ value }}</dd><dt>{{ label }}</dt></div>{% endfor %}
    </dl>
  </li>
  {% endfor %}
</ol>
{% if more %}
<a class="more" href="{{ url_for('works', account_id=account.id, **more) }}">More works</a>
{% endif %}
{% endblock %}"""

app.jinja_loader = DictLoader(
    {"layout.html": LAYOUT, "accounts.html": ACCOUNTS, "works.html": WORKS, "failed.html": FAILED}
)

STYLE = """
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #101318); --card: light-dark(#fff, #191d25);
  --line: light-dark(#e2e5ea, #2c323d); --text: light-dark(#181b20, #e9ebef);
  --quiet: light-dark(#5d6673, #a0a8b5); --accent: light-dark(#2453d6, #93b0ff);
  --good: light-dark(#17724a, #6fd6a3); --bad: light-dark(#b3261e, #ff9d95);
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
body { background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header { border-bottom: 1px solid var(--line); background: var(--card); }
header a { display: block; max-width: 860px; margin: auto; padding: 14px 20px; font-weight: 700;
  font-size: 18px; color: inherit; text-decoration: none; }
main { max-width: 860px; margin: auto; padding: 28px 20px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin-bottom: 16px; }
h1 small { font-weight: 400; }
h2 { font-size: 18px; margin: 36px 0 12px; }
a { color: var(--accent); }
small { display: block; font-size: 14px; color: var(--quiet); }
ul, ol { list-style: none; padding: 0; }
.logo { border-radius: 10px; flex: none; }
.accounts, .works { border: 1px solid var(--line); border-radius: 14px; background: var(--card);
  overflow: hidden; }
.accounts li + li, .works li + li { border-top: 1px solid var(--line); }
.accounts a { display: flex; gap: 14px; align-items: center; padding: 14px 18px; color: inherit;
  text-decoration: none; }
.accounts a:hover { background: var(--ground); }
.who { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.state { font-size: 14px; max-width: 45%; text-align: right; }
.state::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px;
  border-radius: 50%; background: currentColor; }
.good { color: var(--good); }
.bad, .failed { color: var(--bad); }
.platforms { display: grid; gap: 10px; grid-auto-rows: 1fr;
  grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); }
button, .more { font: inherit; font-weight: 600; color: var(--text); background: var(--card);
  border: 1px solid var(--line); border-radius: 12px; padding: 10px 12px; cursor: pointer; }
button { display: flex; gap: 12px; align-items: center; text-align: left; }
button:hover:enabled, .more:hover { border-color: var(--accent); }
button:disabled { opacity: .55; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.notice, .empty { background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 14px 18px; margin-bottom: 16px; }
.empty { color: var(--quiet); }
.title { display: flex; gap: 16px; align-items: center; margin: 16px 0; }
.title h1 { margin: 0; }
.works li { padding: 14px 18px; display: flex; gap: 12px 24px; justify-content: space-between;
  flex-wrap: wrap; }
.works li > div { flex: 1 1 260px; min-width: 0; overflow-wrap: anywhere; }
.works a:not(:hover) { color: inherit; text-decoration: none; }
dl { flex: 0 1 380px; display: grid; gap: 8px;
  grid-template-columns: repeat(auto-fill, minmax(78px, 1fr)); }
dd { font-weight: 600; }
dt { font-size: 13px; color: var(--quiet); }
.more { display: inline-block; margin-top: 16px; text-decoration: none; }
"""


@app.get("/style.css")
def style() -> Any:
    return STYLE, {"Content-Type": "text/css"}


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "8000")))
