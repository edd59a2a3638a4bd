"""What the commands print: odd names as they are, long lists cut, every shared branch once."""

import json
from pathlib import Path

import pytest
from lineage.graphs import file_in, filled, job_of, state
from store.builders import RUN_A, Things

from snakemake_heliport.cli.impact import impact
from snakemake_heliport.cli.lineage import lineage
from snakemake_heliport.store import Store

ODD = "[red]x[/] <img src=x onerror=alert(1)>"


def fill(path: Path, *things: Things) -> str:
    with Store.open(path / "store.db") as store:
        filled(store, RUN_A, *things)
    return str(path / "store.db")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_names_are_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup in a file name, and a path out of the directory, are told as they are."""
    files = [*file_in(ODD, "a", 0), *file_in("../../etc/passwd", "b", 2)]
    jobs = job_of(RUN_A, 1, [state(ODD, "a", 0)], [state("../../etc/passwd", "b", 2)], rule="[bold]r[/]")
    store = fill(tmp_path, files, jobs)

    lineage("../../etc/passwd", store=store)
    impact(ODD, store=store)

    text = said(capsys)
    assert f"read {ODD}" in text
    assert "made by job [bold]r[/]" in text
    assert f"On {ODD} depend 1 other file, 1 job" in text


def test_long_lists_are_cut_unless_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve branches of one thing are read; JSON has them all."""
    files = [thing for n in range(40) for thing in file_in(f"in{n:02d}", f"{n:02d}", 0)]
    used = [state(f"in{n:02d}", f"{n:02d}", 0) for n in range(40)]
    store = fill(tmp_path, files, file_in("end", "zz", 2), job_of(RUN_A, 1, used, [state("end", "zz", 2)]))

    lineage("end", store=store)
    short = said(capsys)
    lineage("end", all_=True, store=store)
    whole = said(capsys)
    lineage("end", store=store, json=True)
    document = json.loads(said(capsys))

    assert (short.count("read in"), whole.count("read in")) == (12, 40)
    assert "… and 28 more; --all shows them" in short
    assert len(document["things"]) == 42
    assert len(document["ends"]) == 40


def test_a_shared_branch_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where two ways meet, the second says that it was told above."""
    names = ("raw", "left", "right", "end")
    files = [thing for n, name in enumerate(names) for thing in file_in(name, name, n)]
    raw, left, right, end = (state(name, name, n) for n, name in enumerate(names))
    jobs = [
        *job_of(RUN_A, 0, [raw], [left, right], rule="cut"),
        *job_of(RUN_A, 2, [left, right], [end], rule="join"),
    ]
    store = fill(tmp_path, files, jobs)

    lineage("end", store=store)

    text = said(capsys)
    assert text.count("read raw") == 1
    assert text.count("(told above)") == 1
    assert "It came from 2 jobs, 3 files." in text
