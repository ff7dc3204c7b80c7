"""The command `openchannels`, also as `python -m openchannels`; it says which extra is missing."""

import sys

EXTRAS = {
    "asyncpg": "postgresql",
    "mcp": "mcp",
    "obstore": "s3",
    "opentelemetry": "otel",
    "platformdirs": "cli",
    "pyarrow": "parquet",
    "rich": "cli",
    "segno": "cli",
    "typer": "cli",
}
"""The extra that installs a package; all others come with `server`."""


def main() -> int:
    """Runs a command. Returns 2 if a package is not installed that it needs."""
    try:
        from openchannels.cli import app

        app()
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package in ("", "openchannels"):
            raise
        extra = EXTRAS.get(package, "server")
        print(f"{package} is missing: pip install 'openchannels[{extra}]'", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
