"""Journals folded into either database, by one process and by many."""

import multiprocessing
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from helpers import exported_as
from msgspec.structs import replace

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.identity import run_iri
from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Kind
from snakemake_heliport.records import RunStarted
from snakemake_heliport.store import Store

WORKFLOWS, JOBS = 8, 30
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Layout]:
    """Working directories with the journal of one run each; the bytes of their files are the same."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    monkeypatch.delitem(sys.modules, "synthetic", raising=False)
    from synthetic import records  # type: ignore[import-not-found]

    layouts = []
    for number in range(WORKFLOWS):
        layout = Layout.of_workdir(tmp_path / f"workflow {number}")
        layout.workdir.mkdir()
        layout.create()
        run, workdir = str(uuid.UUID(int=number + 1)), str(uuid.UUID(int=number + 1001))
        journal = JournalWriter(layout.journal(run))
        for record in records(JOBS):
            if isinstance(record, RunStarted):
                record = replace(record, run=run, workdir_id=workdir, at=record.at + number)
            journal.append(record)
        journal.close()
        layouts.append(layout)
    return layouts


def fold_twice(layout: Layout, database: str) -> None:
    """Fold a journal, let it grow by nothing that matters, and fold it again."""
    fold(layout, database, hash_missing=False)
    for path in layout.journals.glob("*.jsonl"):
        path.write_bytes(path.read_bytes() + b"\n")
    fold(layout, database, hash_missing=False)


@pytest.mark.slow
def test_workflows_folded_at_once_are_what_they_are_one_by_one(
    workflows: list[Layout], database: str, tmp_path: Path
) -> None:
    """Eight processes fold eight workflows into one store; a store filled in peace tells the same, byte by byte."""
    processes = [FORK.Process(target=fold_twice, args=(layout, database)) for layout in workflows]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * WORKFLOWS

    calm = tmp_path / "calm.db"
    for layout in workflows:
        fold(layout, str(calm), hash_missing=False)
    with Store.open(database) as store, Store.open(calm) as expected:
        assert [row.jobs for row in store.runs()] == [{"finished": JOBS}] * WORKFLOWS
        assert store.runs() == expected.runs()
        assert list(store.statements()) == list(expected.statements())


def written(store: Store, form: str) -> Any:
    """Return what a format makes of the first run, or the words in which it refuses."""
    first = store.runs()[0].iri
    try:
        return exported_as(store, Selection([first]), form)
    except HeliportError as error:
        return str(error)


def test_every_format_is_the_same_of_either_database(
    workflows: list[Layout], team_database: str, tmp_path: Path
) -> None:
    """Nothing of an export depends on the kind of database."""
    for layout in workflows[:2]:
        for target in (str(tmp_path / "store.db"), team_database):
            fold(layout, target, hash_missing=False)
    with Store.open(tmp_path / "store.db") as one, Store.open(team_database) as other:
        assert FORMATS
        for name in FORMATS:
            assert written(one, name) == written(other, name), name


def test_questions_have_the_same_answers_in_either_database(
    workflows: list[Layout], team_database: str, tmp_path: Path
) -> None:
    """What is found, and in which order, does not depend on the kind of database or its locale."""
    run, path = run_iri(str(uuid.UUID(int=1))), "results/S000001/table.csv"
    for target in (str(tmp_path / "store.db"), team_database):
        fold(workflows[0], target, hash_missing=False)
    with Store.open(tmp_path / "store.db") as one, Store.open(team_database) as other:
        for text in (run, "calibrate", path, "TABLE", "data/raw", "_", "00000000", "00000000#job-3-1", "nothing"):
            assert one.find(text) == other.find(text), text
        assert one.find("train", [Kind.RULE]) == other.find("train", [Kind.RULE]) != []
        assert one.relations_of(run) == other.relations_of(run) != ([], [])
        assert one.file_versions(path) == other.file_versions(path) != []
        files = [thing.iri for thing, _ in one.statements() if thing.kind is Kind.FILE]
        assert one.generators(files) == other.generators(files) != {}
        assert list(one.statements(things=files[:3])) == list(other.statements(things=files[:3])) != []
