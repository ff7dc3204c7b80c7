"""What the shell completes: names of platforms, without asking a service."""


def platform_names(incomplete: str) -> list[str]:
    """Returns the platforms that this version knows and that begin so.

    None where the command line is installed without the service, whose settings name them.
    """
    try:
        from openchannels.settings import PLATFORM_NAMES
    except ModuleNotFoundError:
        return []
    return [name for name in PLATFORM_NAMES if name.lower().startswith(incomplete.lower())]
