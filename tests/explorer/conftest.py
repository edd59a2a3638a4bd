"""Stores to look at: one whose names try everything, one of a study of which some may be seen by all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from explorer.hostile import hostile_run
from explorer.seeing import Client, client
from export.published import full_run, seen_by
from store.builders import RUN_A, replace

from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Store]:
    """A store whose names, params and metrics are data that would be something else."""
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, hostile_run())
        yield store


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Store]:
    """A store with all that can be said of a run, all of it private."""
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, full_run())
        yield store


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Store]:
    """The same, with a few things that everybody may see."""
    from export.published import ADA, LAST, RAW

    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, seen_by(Visibility.PUBLIC, full_run(), RAW, LAST, ADA))
        yield store


@pytest.fixture
def browsing(study: Store, tmp_path: Path) -> Client:
    """A client of a server of the study."""
    return client(study, tmp_path)
