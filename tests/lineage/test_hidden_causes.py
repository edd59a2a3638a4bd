"""`diff` names the true cause where it is easily missed: what changed between the runs, or is not what it seems."""

import subprocess
import time
from pathlib import Path

import pytest
from lineage.test_diff import diff, first, run, told

pytestmark = pytest.mark.slow

CHAIN = """
rule all:
    input: "b.txt"

rule one:
    input: "raw.txt"
    output: "a.txt"
    shell: "cp {input} {output}"

rule two:
    input: "a.txt"
    output: "b.txt"
    shell: "cat {input} > {output}"
"""
HALF = """
rule after:
    input: "half.txt"
    output: "after.txt"
    shell: "cp {input} {output}"

rule half:
    output: "half.txt"
    shell: "echo half > {output}; exit $FAIL"
"""
CHECKPOINT = """
rule all:
    input: "total.txt"

checkpoint split:
    input: "raw.txt"
    output: directory("parts")
    shell: "mkdir {output}; while read name; do echo $name > {output}/$name.txt; done < {input}"

rule copy:
    input: "parts/{name}.txt"
    output: temp("copies/{name}.txt")
    shell: "cp {input} {output}"

def parts(wildcards):
    folder = checkpoints.split.get().output[0]
    return expand("copies/{name}.txt", name=glob_wildcards(folder + "/{name}.txt").name)

rule total:
    input: parts
    output: "total.txt"
    shell: "cat {input} > {output}"
"""
UPDATING = """
rule all:
    input: "done.txt"

rule add:
    input: "raw.txt"
    output: update("ledger.txt")
    shell: "cat {input} >> {output}"

rule done:
    input: "ledger.txt"
    output: "done.txt"
    shell: "cp {input} {output}"
"""
STOPPED = """
rule all:
    input: "first.txt", "second.txt"

rule first:
    output: "first.txt"
    priority: 9
    shell: "echo 1 > {output}; exit $FAIL"

rule second:
    output: "second.txt"
    shell: "echo 2 > {output}"
"""
IMPORTING = "import helper; open(snakemake.output[0], 'w').write(helper.WORD)\n"


def workflow(workdir: Path, snakefile: str, raw: str = "1\n") -> Path:
    (workdir / "Snakefile").write_text(snakefile)
    (workdir / "raw.txt").write_text(raw)
    return workdir


def because(said: dict, what: str) -> list[str]:
    (reasons,) = [one["because"] for one in said["differences"] if one["what"] == what]
    return list(reasons)


def test_an_intermediate_file_that_was_edited_by_hand(tmp_path: Path) -> None:
    """The edit is the cause; the job that had made the file did nothing."""
    run(workflow(tmp_path, CHAIN))
    time.sleep(1.1)
    (tmp_path / "a.txt").write_text("by hand\n")
    run(tmp_path)

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "a.txt")]
    assert first(said)["note"] == "changed after one made it"
    assert because(said, "b.txt") == ["a.txt"]


def test_an_input_that_its_own_job_rewrote(tmp_path: Path) -> None:
    """Nobody could read it in time; its sizes tell that it was another file."""
    run(workflow(tmp_path, CHAIN.replace("cp {input} {output}", "cp {input} {output}; echo more >> {input}")))
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "raw.txt")]
    assert told(said, "effect") == [("output", "a.txt"), ("output", "b.txt")]


def test_a_rule_with_another_name(tmp_path: Path) -> None:
    """The job is known by what it makes: its code is compared, and its new name is no reason."""
    run(workflow(tmp_path, CHAIN))
    (tmp_path / "Snakefile").write_text(CHAIN.replace("rule two", "rule zwei"))
    run(tmp_path, "--forceall")
    renamed = diff(tmp_path)
    (tmp_path / "Snakefile").write_text(CHAIN.replace("rule two", "rule deux").replace("cat {input}", "echo 5"))
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert renamed["same_results"]
    assert ("code", "name of rule zwei") in told(renamed, "without visible effect")
    assert told(said, "cause") == [("code", "Snakefile"), ("code", "rule deux")]
    assert because(said, "b.txt") == ["rule deux"]


def test_what_a_failed_job_left_is_why_a_run_went_on(tmp_path: Path) -> None:
    """That the rest of a failed job was taken as it was is the cause, not what Snakemake says of the job."""
    run(workflow(tmp_path, HALF), "--keep-incomplete", code=1, FAIL="1")
    run(tmp_path, "--ignore-incomplete", FAIL="0")

    said = diff(tmp_path)

    assert told(said, "cause") == [("job", "half")]
    assert (first(said)["before"], first(said)["after"]) == ("failed", "up-to-date")
    assert because(said, "after") == ["half"]


def test_touching_says_nothing_of_what_jobs_were_given(tmp_path: Path) -> None:
    """A touched job read nothing and ran no code; neither is told to be missing."""
    run(workflow(tmp_path, CHAIN))
    run(tmp_path, "--touch", "--forceall")

    said = diff(tmp_path)

    assert said["same_results"]
    assert [aspect for aspect, _ in told(said, "without visible effect")] == ["environment"]


def test_jobs_that_a_checkpoint_revealed(tmp_path: Path) -> None:
    """The data is the cause; that there are other jobs follows from what the checkpoint made."""
    run(workflow(tmp_path, CHECKPOINT, "x\ny\n"))
    (tmp_path / "raw.txt").write_text("x\nz\n")
    run(tmp_path)

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "raw.txt")]
    assert because(said, "copy (name=z)") == because(said, "copy (name=y)") == ["parts"]
    assert because(said, "total.txt") == ["copy (name=y)", "copy (name=z)"]


def test_a_file_that_is_updated_in_place_by_every_run(tmp_path: Path) -> None:
    """What a job adds to is an input of it like any other, and has the bytes that the run before left."""
    run(workflow(tmp_path, UPDATING))
    for raw in ("2\n", "3\n"):
        (tmp_path / "raw.txt").write_text(raw)
        run(tmp_path)

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "ledger.txt"), ("input", "raw.txt")]
    assert len(first(said)["before"]) == len(first(said)["after"]) == 64
    assert because(said, "done.txt") == ["ledger.txt"]


def test_a_run_that_ended_early(tmp_path: Path) -> None:
    """What was never begun is explained by the end of the run, not by jobs that it does not depend on."""
    run(workflow(tmp_path, STOPPED), code=1, FAIL="1")
    run(tmp_path, FAIL="0")

    said = diff(tmp_path)

    assert set(told(said, "cause")) == {("unexplained", "first"), ("state", "the run")}
    assert because(said, "second") == ["the run"]


def test_a_module_that_a_script_imports(tmp_path: Path) -> None:
    """It is not recorded; the commits tell which file changed, and changes in no commit are told, too."""
    workflow(tmp_path, 'rule one:\n    output: "a.txt"\n    script: "one.py"\n')
    (tmp_path / "one.py").write_text(IMPORTING)
    (tmp_path / "helper.py").write_text("WORD = 'one'\n")
    (tmp_path / ".gitignore").write_text(".snakemake\n__pycache__\na.txt\n")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@y"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    run(tmp_path)
    (tmp_path / "helper.py").write_text("WORD = 'second'\n")
    subprocess.run([*git, "commit", "-qam", "y"], cwd=tmp_path, check=True)
    run(tmp_path, "--forceall")
    committed = diff(tmp_path)
    (tmp_path / "helper.py").write_text("WORD = 'the third'\n")
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(committed, "possible cause") == [("code", "commit")]
    assert first(committed)["text"] == "helper.py"
    assert told(said, "possible cause") == [("code", "commit")]
    assert first(said)["note"] == "with changes that are in no commit"


def test_a_number_of_threads_in_a_command(tmp_path: Path) -> None:
    """Threads may be without effect; in a command line they are not."""
    rule = 'rule one:\n    output: "a.txt"\n    threads: 1\n    shell: "echo {threads} > {output}"\n'
    run(workflow(tmp_path, rule), "--cores", "2")
    (tmp_path / "Snakefile").write_text(rule.replace("threads: 1", "threads: 2"))
    run(tmp_path, "--cores", "2", "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "Snakefile"), ("parameter", "command of rule one")]


def test_a_rule_that_names_another_input(tmp_path: Path) -> None:
    """The path is another because the rule says so."""
    run(workflow(tmp_path, CHAIN))
    (tmp_path / "other.txt").write_text("2\n")
    (tmp_path / "Snakefile").write_text(CHAIN.replace("raw.txt", "other.txt"))
    run(tmp_path)

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "Snakefile"), ("input", "files of one")]
    assert because(said, "files of one") == ["Snakefile"]
