"""What `status` says of real workflows whose files were changed afterwards."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from helpers import copy_workflow, heliport, snakemake
from lineage.snakefiles import HALF

pytestmark = pytest.mark.slow

CHAIN = """
rule all:
    input: "out/b.txt", "out/other.txt"

rule one:
    input: "raw.txt"
    output: "out/a.txt"
    shell: "sort {input} > {output}"

rule two:
    input: "out/a.txt"
    output: "out/b.txt"
    script: "two.py"

rule other:
    output: "out/other.txt"
    shell: "echo other > {output}"
"""
SCRIPT = "open(snakemake.output[0], 'w').write(open(snakemake.input[0]).read().upper())\n"


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A workflow of two steps that has run."""
    (tmp_path / "Snakefile").write_text(CHAIN)
    (tmp_path / "two.py").write_text(SCRIPT)
    (tmp_path / "raw.txt").write_text("2\n1\n")
    run(tmp_path)
    return tmp_path


def run(workdir: Path, *arguments: str, code: int = 0, **environ: str) -> None:
    done = snakemake(workdir, "--cores", "1", "--scheduler", "greedy", *arguments, **environ)
    assert done.returncode == code, done.stderr


def status(workdir: Path) -> dict[str, Any]:
    """Return what is said; the exit code says whether all is current."""
    done = heliport(workdir, "status", "--json")
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if said["current"] else 1)
    return said


def paths(said: dict[str, Any], group: str) -> list[str]:
    return [one["path"] for one in said[group]]


def test_nothing_changed(chain: Path) -> None:
    """All is as recorded, and the exit code is 0."""
    said = status(chain)

    assert said["current"]
    # Data, results, script and Snakefile.
    assert said["checked"] == 6
    assert [said[group] for group in ("changed", "gone", "stale", "models", "leftovers", "unknown")] == [[]] * 6
    assert "everything is as recorded" in heliport(chain, "status").stdout


def test_a_new_time_is_no_change(chain: Path) -> None:
    """A file that was touched is read, and found to be the same."""
    os.utime(chain / "raw.txt", (time.time() + 5, time.time() + 5))

    assert status(chain)["current"]


def test_changed_data_makes_all_stale_that_came_of_it(chain: Path) -> None:
    """The cause is named with both digests, and what has nothing to do with it is left alone."""
    (chain / "raw.txt").write_text("3\n1\n")

    said = status(chain)

    assert paths(said, "changed") == ["raw.txt"]
    assert said["changed"][0]["maker"] is None
    assert paths(said, "stale") == ["out/a.txt", "out/b.txt"]
    assert [cause["path"] for one in said["stale"] for cause in one["causes"]] == ["raw.txt", "raw.txt"]
    assert said["stale"][0]["causes"][0]["then"] == said["changed"][0]["then"]
    text = heliport(chain, "status").stdout
    assert "raw.txt was" in text


def test_a_change_that_a_later_run_took_up(chain: Path) -> None:
    """Once everything was made again, nothing is stale; half of it made again leaves the other half."""
    (chain / "raw.txt").write_text("3\n1\n")
    run(chain, "out/a.txt")

    half = status(chain)
    run(chain)

    assert (paths(half, "changed"), paths(half, "stale")) == ([], ["out/b.txt"])
    assert [cause["path"] for cause in half["stale"][0]["causes"]] == ["out/a.txt"]
    assert status(chain)["current"]


def test_going_back_to_what_was_used(chain: Path) -> None:
    """The old data beside new results is stale, and told to be known from before."""
    (chain / "raw.txt").write_text("3\n1\n")
    run(chain)
    (chain / "raw.txt").write_text("2\n1\n")

    said = status(chain)

    assert said["changed"][0]["earlier"]
    assert paths(said, "stale") == ["out/a.txt", "out/b.txt"]


def test_a_changed_result(chain: Path) -> None:
    """What was edited by hand is no longer what its job made, and what was made of it is stale."""
    (chain / "out/a.txt").write_text("edited\n")

    said = status(chain)

    assert (paths(said, "changed"), paths(said, "stale")) == (["out/a.txt"], ["out/b.txt"])
    assert said["changed"][0]["maker"]["label"] == "one"


def test_changed_code(chain: Path) -> None:
    """A script makes stale what it made, and what came of that."""
    (chain / "two.py").write_text(SCRIPT.replace("upper", "lower"))

    said = status(chain)

    assert (paths(said, "changed"), paths(said, "stale")) == (["two.py"], ["out/b.txt"])
    assert said["stale"][0]["causes"][0]["what"] == "code"


def test_the_files_that_a_workflow_is_written_in(tmp_path: Path) -> None:
    """A job's own script and environment make it stale; of a Snakefile or configuration that is not known, and said."""
    own = 'configfile: "config.yaml"\ninclude: "more.smk"\n'
    (tmp_path / "Snakefile").write_text(
        own + CHAIN.replace('output: "out/b.txt"', 'output: "out/b.txt"\n    conda: "env.yaml"')
    )
    for name, text in (("two.py", SCRIPT), ("raw.txt", "1\n"), ("config.yaml", "a: 1\n"), ("more.smk", "")):
        (tmp_path / name).write_text(text)
    (tmp_path / "env.yaml").write_text("dependencies: [python=3.11]\n")
    run(tmp_path)
    for name in ("Snakefile", "more.smk", "two.py", "env.yaml"):
        (tmp_path / name).write_text((tmp_path / name).read_text() + "# changed\n")
    (tmp_path / "config.yaml").write_text("a: 2\n")

    said, text = status(tmp_path), heliport(tmp_path, "status").stdout

    assert {one["path"]: one["role"] for one in said["changed"]} == {
        "Snakefile": "snakefile",
        "more.smk": "include",
        "config.yaml": "config",
        "two.py": "script",
        "env.yaml": "environment",
    }
    assert paths(said, "stale") == ["out/b.txt"]
    assert [(cause["path"], cause["role"]) for cause in said["stale"][0]["causes"]] == [
        ("env.yaml", "environment"),
        ("two.py", "script"),
    ]
    assert "environment file env.yaml was" in text
    assert "Snakefile or configuration reaches is not recorded" in text


def test_an_intermediate_file_edited_by_hand_and_used(chain: Path) -> None:
    """Once a run has read it, it is as recorded; that no job made it so is told."""
    time.sleep(1.1)
    (chain / "out/a.txt").write_text("by hand\n")
    run(chain)

    said = status(chain)

    assert said["current"]
    (edited,) = said["edited"]
    assert (edited["path"], edited["maker"]["label"]) == ("out/a.txt", "one")
    assert [job["label"] for job in edited["readers"]] == ["two"]


def test_what_is_gone_is_told_and_not_stale(chain: Path) -> None:
    """A deleted intermediate file is named; what was made of it is still right."""
    (chain / "out/a.txt").unlink()

    said = status(chain)

    assert (paths(said, "gone"), paths(said, "stale")) == (["out/a.txt"], [])
    assert said["current"]


def test_what_came_through_a_file_that_is_gone_is_stale_all_the_same(chain: Path) -> None:
    """The way from the data to the result leads through the record."""
    (chain / "out/a.txt").unlink()
    (chain / "raw.txt").write_text("3\n1\n")

    assert paths(status(chain), "stale") == ["out/b.txt"]


def test_a_directory_that_was_made_anew_with_other_files(tmp_path: Path) -> None:
    """A file that is no longer in it is not missing: its directory was made again without."""
    rule = 'rule one:\n    input: "raw.txt"\n    output: directory("parts")\n'
    (tmp_path / "Snakefile").write_text(rule + '    shell: "mkdir {output}; touch {output}/$(cat {input})"\n')
    for name in ("x", "y"):
        (tmp_path / "raw.txt").write_text(f"{name}\n")
        run(tmp_path)

    said = status(tmp_path)

    assert (said["gone"], said["current"]) == ([], True)
    (tmp_path / "parts/y").unlink()
    assert paths(status(tmp_path), "gone") == ["parts/y"]


@pytest.mark.parametrize("name", ["checkpoint", "update", "inplace", "flags", "same_bytes"])
def test_a_finished_workflow_is_current(name: str, tmp_path: Path) -> None:
    """Temporary files are not missing, files that are updated in place are not stale, directories are the same."""
    workdir = copy_workflow(name, tmp_path / "work")
    run(workdir)

    said = status(workdir)

    assert said["current"], said
    assert said["gone"] == []


def test_a_file_added_to_a_directory(tmp_path: Path) -> None:
    """A directory is what is in it."""
    workdir = copy_workflow("flags", tmp_path / "work")
    run(workdir)
    (workdir / "out/tree/new.txt").write_text("new\n")

    said = status(workdir)

    assert (paths(said, "changed"), paths(said, "stale")) == (["out/tree"], ["out/summary.txt"])


def test_what_a_failed_job_left(tmp_path: Path) -> None:
    """A run that used the half of a file is named with the job that failed."""
    (tmp_path / "Snakefile").write_text(HALF)
    run(tmp_path, "--keep-incomplete", code=1, FAIL="1")
    run(tmp_path, "--ignore-incomplete", FAIL="0")

    said = status(tmp_path)

    (left,) = said["leftovers"]
    assert (left["path"], left["job"]["label"], left["job"]["status"]) == ("half.txt", "half", "failed")
    assert [job["label"] for job in left["jobs"]] == ["after"]
    assert len(left["runs"]) == 1
    assert not said["current"]
    run(tmp_path, FAIL="0")
    (left,) = status(tmp_path)["leftovers"]
    assert len(left["runs"]) == 2


def test_nothing_is_said_to_have_made_what_a_failed_job_left(tmp_path: Path) -> None:
    """Snakemake's own records make it look as if the job had finished once; what was recorded of it knows better."""
    (tmp_path / "Snakefile").write_text(HALF)
    run(tmp_path, "--keep-incomplete", code=1, FAIL="1")
    run(tmp_path, "--ignore-incomplete", FAIL="0")

    told = json.loads(heliport(tmp_path, "lineage", "after.txt", "--json").stdout)

    assert [thing["label"] for thing in told["things"]] == ["after.txt", "after", "half.txt"]
    assert "no recorded job tells" in heliport(tmp_path, "lineage", "half.txt").stdout


def test_a_failed_job_that_was_run_again(tmp_path: Path) -> None:
    """What a later run made anew is no leftover."""
    (tmp_path / "Snakefile").write_text(HALF)
    run(tmp_path, code=1, FAIL="1")
    run(tmp_path, FAIL="0")

    assert status(tmp_path)["leftovers"] == []


def test_status_needs_a_place_to_look_at(tmp_path: Path) -> None:
    """Without a recorded directory there is nothing to compare with."""
    done = heliport(tmp_path, "status")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
