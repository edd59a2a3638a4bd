"""`diff` follows data: which files jobs were given, which came and went, and what is the same under another name."""

import time
from pathlib import Path

import pytest
from lineage.snakefiles import CHAIN, CHECKPOINT, workflow
from lineage.test_diff import because, diff, first, run, told

pytestmark = pytest.mark.slow

FAN = """
rule all:
    input: "total.txt", "a.mid", "b.mid"

rule one:
    input: "{name}.raw"
    output: "{name}.mid"
    shell: "cat {input} > {output}"

rule total:
    input: INPUTS
    output: "total.txt"
    shell: "cat {input} > {output}"
"""


def fan(workdir: Path, inputs: str) -> Path:
    """Return a workflow that makes two files from data, and one from those of them that are named."""
    for name in "ab":
        (workdir / f"{name}.raw").write_text(f"{name}\n")
    return workflow(workdir, FAN.replace("INPUTS", inputs))


def test_files_that_were_put_into_a_checkpoint_and_taken_out_of_it(tmp_path: Path) -> None:
    """What somebody put there, and took away, is why there are other jobs; the checkpoint is not."""
    run(workflow(tmp_path, CHECKPOINT, "x\ny\n"))
    time.sleep(1.1)
    (tmp_path / "parts/hand.txt").write_text("by hand\n")
    run(tmp_path)
    put = diff(tmp_path)
    (tmp_path / "parts/x.txt").unlink()
    run(tmp_path)
    taken = diff(tmp_path)

    assert told(put, "cause") == [("input", "parts/hand.txt"), ("job", "copy (name=hand)")]
    assert first(put)["note"] == "had been put into what split made"
    assert because(put, "copy (name=hand)") == ["parts/hand.txt"]
    assert told(put, "without visible effect") == []
    assert told(taken, "cause") == [("input", "parts/x.txt"), ("job", "copy (name=x)")]
    assert first(taken)["note"] == "had been taken out of what split made"
    assert because(taken, "total.txt") == ["copy (name=x)"]


def test_new_data_that_the_snakefile_finds(tmp_path: Path) -> None:
    """The file is why there is another job, not a comment in the Snakefile; why one is gone, nothing tells."""
    found = "NAMES = sorted(glob_wildcards('{name}.raw').name)\n"
    run(fan(tmp_path, "expand('{name}.mid', name=NAMES)"), "-s", _with(tmp_path, found))
    time.sleep(0.1)
    (tmp_path / "c.raw").write_text("c\n")
    run(tmp_path, "-s", _with(tmp_path, f"# A comment.\n{found}"))
    added = diff(tmp_path)
    (tmp_path / "c.raw").unlink()
    run(tmp_path, "-s", "Found")
    gone = diff(tmp_path)

    assert told(added, "cause") == [("input", "c.raw"), ("job", "one (name=c)")]
    assert first(added)["note"] == "written after the other run had begun"
    assert because(added, "one (name=c)") == ["c.raw"]
    assert told(gone, "cause") == [("job", "one (name=c)")]
    assert "nothing recorded tells why" in first(gone)["note"]


def test_new_data_that_the_snakefile_names(tmp_path: Path) -> None:
    """Whoever wrote the name of the new file into the Snakefile brought the job."""
    run(fan(tmp_path, "expand('{name}.mid', name=['a', 'b'])"))
    (tmp_path / "new.raw").write_text("c\n")
    run(fan(tmp_path, "expand('{name}.mid', name=['a', 'b', 'new'])"))

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "Snakefile"), ("job", "one (name=new)")]


def _with(workdir: Path, head: str) -> str:
    (workdir / "Found").write_text(head + (workdir / "Snakefile").read_text())
    return "Found"


def test_a_rule_that_reads_less_or_something_else(tmp_path: Path) -> None:
    """The jobs that made the files did the same: that the rule names others is the cause."""
    run(fan(tmp_path, "'a.mid', 'b.mid'"))
    run(fan(tmp_path, "'a.mid'"))
    less = diff(tmp_path)
    run(fan(tmp_path, "'b.mid'"))
    other = diff(tmp_path)

    assert told(less, "cause") == [("code", "Snakefile"), ("input", "b.mid")]
    assert because(less, "total.txt") == ["b.mid"]
    assert told(other, "cause") == [("code", "Snakefile"), ("input", "files of total")]
    assert because(other, "total.txt") == ["files of total"]


def test_inputs_that_a_function_names(tmp_path: Path) -> None:
    """A function in the Snakefile that returns another path is why the job read another file."""
    rule = "rule one:\n    input: given\n    output: 'a.txt'\n    shell: 'cat {input} > {output}'\n"
    (tmp_path / "other.txt").write_text("2\n")
    run(workflow(tmp_path, f"def given(wildcards):\n    return 'raw.txt'\n\n{rule}"))
    run(workflow(tmp_path, f"def given(wildcards):\n    return 'other.txt'\n\n{rule}"))

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "Snakefile"), ("input", "files of one")]


def test_data_under_another_name(tmp_path: Path) -> None:
    """The same bytes under another name explain no other result, unless the name is in it."""
    run(workflow(tmp_path, CHAIN))
    (tmp_path / "raw.txt").rename(tmp_path / "roh.txt")
    (tmp_path / "Snakefile").write_text(CHAIN.replace("raw.txt", "roh.txt"))
    run(tmp_path)

    said = diff(tmp_path)

    assert said["same_results"]
    assert told(said, "cause") == []
    assert ("input", "files of one") in told(said, "without visible effect")


def test_a_result_under_another_name(tmp_path: Path) -> None:
    """What a job made is compared where its path is another."""
    run(workflow(tmp_path, CHAIN))
    run(workflow(tmp_path, CHAIN.replace("a.txt", "aa.txt").replace("b.txt", "bb.txt"), raw="2\n"))

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "raw.txt")]
    assert told(said, "effect") == [("output", "aa.txt"), ("output", "bb.txt")]
    assert because(said, "bb.txt") == ["aa.txt"]


def test_a_file_in_a_directory_of_data(tmp_path: Path) -> None:
    """The directory is the cause, and the file in it that differs is named."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/y.txt").write_text("y\n")
    rule = "rule one:\n    input: 'data'\n    output: 'a.txt'\n    shell: 'cat {input}/* > {output}'\n"
    (tmp_path / "data/x.txt").write_text("1\n")
    run(workflow(tmp_path, rule))
    (tmp_path / "data/x.txt").write_text("2\n")
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "data")]
    assert first(said)["note"] == "different in data/x.txt"


def test_what_went_through_a_pipe(tmp_path: Path) -> None:
    """Nobody saw what was in it: the data that its job read explains what came out."""
    piped = CHAIN.replace('output: "a.txt"', 'output: pipe("a.txt")').replace(
        "cp {input} {output}", "cat {input} > {output}"
    )
    run(workflow(tmp_path, piped), "--cores", "2")
    (tmp_path / "raw.txt").write_text("2\n")
    run(tmp_path, "--cores", "2")

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "raw.txt")]
    assert because(said, "b.txt") == ["raw.txt"]


def test_the_only_rule_that_is_gone(tmp_path: Path) -> None:
    """What a run relied on without naming the job that made it is compared all the same."""
    run(workflow(tmp_path, CHAIN))
    (tmp_path / "Snakefile").write_text(CHAIN[: CHAIN.index("rule one")] + CHAIN[CHAIN.index("rule two") :])
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert said["same_results"]
    assert told(said, "without visible effect") == [("code", "Snakefile")]
