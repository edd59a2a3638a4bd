"""The commands `lineage` and `impact` on real workflows, as a user types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from helpers import copy_workflow, heliport, snakemake

pytestmark = pytest.mark.slow


def asked(workdir: Path, *arguments: str) -> dict[str, Any]:
    """Return what a command answers as JSON."""
    done = heliport(workdir, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def found(document: dict[str, Any]) -> set[str]:
    """Return what was found besides the start, by path or label."""
    return {thing.get("path", thing["label"]) for thing in document["things"] if thing["iri"] not in document["starts"]}


def run(name: str, workdir: Path, *arguments: str, code: int = 0) -> Path:
    """Run one of the test workflows."""
    if not workdir.exists():
        copy_workflow(name, workdir)
    done = snakemake(workdir, "--cores", "1", "--scheduler", "greedy", *arguments)
    assert done.returncode == code, done.stderr
    return workdir


def test_a_checkpoint_with_temporary_files(tmp_path: Path) -> None:
    """The total came from copies that are gone, and from the parts that the checkpoint made."""
    workdir = run("checkpoint", tmp_path / "work")

    up = found(asked(workdir, "lineage", "total.txt"))
    down = found(asked(workdir, "lineage", "parts/1.txt", "--down"))

    copies = {"copies/1.txt", "copies/2.txt", "copy (part=1)", "copy (part=2)"}
    assert up == {"aggregate", *copies, "parts/1.txt", "parts/2.txt", "split"}
    assert not (workdir / "copies/1.txt").exists()
    # The directory holds the file, but nothing read the directory.
    assert down == {"parts", "copy (part=1)", "copies/1.txt", "aggregate", "total.txt", "all"}


def test_failed_and_retried_jobs(tmp_path: Path) -> None:
    """A result came from the attempt that made it alone."""
    workdir = run("failing", tmp_path / "work", "--keep-going", code=1)

    up = asked(workdir, "lineage", "out/retried.txt")

    assert [(thing["label"], thing["status"]) for thing in up["things"][1:]] == [("retried", "finished")]
    assert heliport(workdir, "lineage", "out/bad.txt").returncode == 2


def test_two_runs_with_changed_data(tmp_path: Path) -> None:
    """Each version of the result came from the data that it was made of, and the data's impact is told by version."""
    workdir = run("same_bytes", tmp_path / "work")
    first = (workdir / "data/numbers.txt").read_text()
    (workdir / "data/numbers.txt").write_text("9\n8\n7\n")
    run("same_bytes", workdir)

    document = asked(workdir, "impact", "data/numbers.txt")
    up = asked(workdir, "lineage", "out/again.txt")
    (version,) = [note.split("@")[1][:12] for note in document["notes"] if "versions" in note]
    one = asked(workdir, "impact", f"data/numbers.txt@{version}")

    assert first != "9\n8\n7\n"
    assert "2 versions" in document["notes"][0]
    assert "all are meant" in document["notes"][0]
    assert [hit["label"] for hit in document["jobs"]].count("reverse") == 2
    assert [hit["label"] for hit in one["jobs"]].count("reverse") == 1
    assert [thing["label"] for thing in up["things"]].count("reverse") == 1
    assert len(document["runs"]) == 2
    times = [hit["at"] for hit in document["files"]]
    assert times == sorted(times, reverse=True)


def test_equal_bytes_under_two_names(tmp_path: Path) -> None:
    """The other name is told, and not followed."""
    workdir = run("same_bytes", tmp_path / "work")

    document = asked(workdir, "lineage", "out/left.txt", "--down")

    assert found(document) == {"all"}
    assert "out/right.txt" in document["notes"][0]


def test_a_path_updated_in_place(tmp_path: Path) -> None:
    """Two states of one path stand in one line of descent."""
    workdir = run("update", tmp_path / "work")

    document = asked(workdir, "lineage", "ledger.txt")

    names = {thing["iri"]: thing.get("path", thing["label"]) for thing in document["things"]}
    (after,) = document["starts"]
    (before,) = document["ends"]
    assert names[after] == names[before] == "ledger.txt"
    assert after != before
    assert sorted((names[link["origin"]], names[link["thing"]]) for link in document["links"]) == [
        ("append", "ledger.txt"),
        ("count", "lines_before.txt"),
        ("ledger.txt", "append"),
        ("ledger.txt", "count"),
        ("lines_before.txt", "append"),
    ]


def test_what_a_person_reads(tmp_path: Path) -> None:
    """A tree with each shared branch once, where the record begins, and one line for what is not there."""
    workdir = run("checkpoint", tmp_path / "work")
    (workdir / "sub").mkdir()

    tree = heliport(workdir, "lineage", "total.txt").stdout
    inside = heliport(workdir / "sub", "lineage", "../total.txt").stdout
    empty = heliport(workdir, "impact", "total.txt").stdout
    wrong = heliport(workdir, "impact", "no such thing")

    assert tree.count("read parts/2.txt, made by job split") == 1
    assert "The record begins with\n  job split, which reads nothing" in tree
    assert inside == tree
    assert "all: 1 job" in empty
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
