"""What is still to be imported is remembered until it has been, and no longer."""

import time
from pathlib import Path

import pytest

from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.layout import Layout
from snakemake_heliport.pending import Pending, all_pending, remember, tried, without_credentials
from snakemake_heliport.trackers.catching_up import forget_ended

ENDED, LIVE = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return a folder in which two runs wait for the import of what they trained."""
    found = Layout.of_workdir(tmp_path)
    found.create()
    for run in (ENDED, LIVE):
        found.journal(run).touch()
        remember(found, Pending(run))
    return found


def test_run_that_goes_on_is_not_forgotten(layout: Layout) -> None:
    """Whoever imports everything while a run goes on does not keep that run from importing at its end."""
    journal = JournalWriter(layout.journal(LIVE))

    forget_ended(layout)

    assert [pending.run for pending in all_pending(layout)] == [LIVE]
    journal.close()
    forget_ended(layout)
    assert list(all_pending(layout)) == []


def test_failure_is_remembered_with_its_time(layout: Layout) -> None:
    """The next command sees when and why it did not work."""
    remember(layout, tried(Pending(ENDED, setting="http://tracker.example"), "no answer"))

    found = next(pending for pending in all_pending(layout) if pending.run == ENDED)
    assert (found.setting, found.failure) == ("http://tracker.example", "no answer")
    assert abs(time.time() - found.tried) < 60


def test_note_that_cannot_be_read_is_dropped(layout: Layout) -> None:
    """A note is no record; the next import by hand does what it asked for."""
    (layout.pending / f"{ENDED}.json").write_text("{")

    assert [pending.run for pending in all_pending(layout)] == [LIVE]
    assert not (layout.pending / f"{ENDED}.json").exists()


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("http://user:secret@host:5000/a", "http://host:5000/a"),
        ("postgresql://u:p%40@db/x", "postgresql://db/x"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("mlruns", "mlruns"),
    ],
)
def test_credentials_are_not_written_down(uri: str, told: str) -> None:
    """Of an address with a user and a password, the address is kept."""
    assert without_credentials(uri) == told
