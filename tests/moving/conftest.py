import pytest

from openchannels.store.vault import sealed_file


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of a second less for each file."""
    monkeypatch.setitem(sealed_file.COST, "n", 2)
