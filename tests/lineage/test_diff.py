"""`diff` names the true cause: two runs of a real workflow, with one thing changed between them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from helpers import heliport, snakemake

pytestmark = pytest.mark.slow

SNAKEFILE = """
configfile: "config.yaml"

rule all:
    input: "out/total.txt"

rule scale:
    input: "data/{sample}.txt"
    output: "out/{sample}.txt"
    params: factor=config["factor"], shift=0
    script: "scale.py"

rule total:
    input: expand("out/{sample}.txt", sample=config["samples"])
    output: "out/total.txt"
    params: text=config["text"]
    shell: "cat {input} > {output}; echo {config[unit]} >> {output}"
"""
SCRIPT = """
params = snakemake.params
numbers = [float(line) * params.factor + params.shift for line in open(snakemake.input[0])]
open(snakemake.output[0], "w").write("\\n".join(map(str, numbers)) + "\\n")
"""
CONFIG = {"factor": 2, "samples": ["a", "b"], "text": "plain", "unit": "keV"}


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """A workflow that has run once."""
    (tmp_path / "data").mkdir()
    for name in "abc":
        (tmp_path / f"data/{name}.txt").write_text(f"{ord(name)}\n")
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "scale.py").write_text(SCRIPT)
    (tmp_path / "config.yaml").write_text(json.dumps(CONFIG))
    run(tmp_path)
    return tmp_path


def run(workdir: Path, *arguments: str, code: int = 0, **environ: str) -> None:
    done = snakemake(workdir, "--cores", "1", "--scheduler", "greedy", *arguments, **environ)
    assert done.returncode == code, done.stderr


def diff(workdir: Path, *arguments: str) -> dict[str, Any]:
    done = heliport(workdir, "diff", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    _explained_before(said["differences"])
    return said


def _explained_before(differences: list[dict[str, Any]]) -> None:
    """What explains a difference stands before it."""
    told: set[str] = set()
    for one in differences:
        assert set(one["because"]) <= told, one
        told.add(one["what"])


def told(said: dict[str, Any], bearing: str) -> list[tuple[str, str]]:
    return [(one["aspect"], one["what"]) for one in said["differences"] if one["bearing"] == bearing]


def first(said: dict[str, Any]) -> dict[str, Any]:
    one: dict[str, Any] = said["differences"][0]
    return one


def because(said: dict, what: str) -> list[str]:
    (reasons,) = [one["because"] for one in said["differences"] if one["what"] == what]
    return list(reasons)


def test_the_same_again(workdir: Path) -> None:
    """Two runs that did the same differ in nothing."""
    run(workdir, "--forceall")

    said = diff(workdir)

    assert (said["differences"], said["same_results"]) == ([], True)
    assert {one["job"]: one["reason_after"] for one in said["ran"]}["total"].startswith("Forced execution")
    assert "Nothing recorded differs" in heliport(workdir, "diff").stdout


def test_a_changed_input(workdir: Path) -> None:
    """The raw file is the cause; what the job made of it, and what came of that, follow."""
    (workdir / "data/a.txt").write_text("7\n")
    run(workdir)

    said = diff(workdir)

    assert told(said, "cause") == [("input", "data/a.txt")]
    assert first(said)["jobs"] == ["scale (sample=a)"]
    assert told(said, "effect") == [("output", "out/a.txt"), ("output", "out/total.txt")]
    effects = [one["because"] for one in said["differences"][1:]]
    assert effects == [["data/a.txt"], ["out/a.txt"]]
    assert not said["same_results"]


def test_a_changed_value_of_the_configuration(workdir: Path) -> None:
    """The configuration comes first, then the parameter that it set, then the results."""
    (workdir / "config.yaml").write_text(json.dumps({**CONFIG, "factor": 3}))
    run(workdir)

    said = diff(workdir)

    assert told(said, "cause") == [("config", "factor"), ("parameter", "factor of rule scale")]
    assert (first(said)["before"], first(said)["after"]) == (2, 3)
    assert said["differences"][1]["because"] == ["factor"]


def test_a_value_of_the_configuration_in_a_command(workdir: Path) -> None:
    """A value that only the command line of a job holds is found there."""
    run(workdir, "--config", "unit=MeV", "--forceall")

    said = diff(workdir)

    assert told(said, "cause") == [("config", "unit"), ("parameter", "command of rule total")]
    assert told(said, "effect") == [("output", "out/total.txt")]


def test_a_value_that_makes_no_difference(workdir: Path) -> None:
    """A parameter that nothing depends on is told last, and is no cause."""
    run(workdir, "--config", "text=other", "--forceall")

    said = diff(workdir)

    assert said["same_results"]
    assert told(said, "cause") == []
    assert told(said, "without visible effect") == [("config", "text"), ("parameter", "text of rule total")]


def test_another_sample(workdir: Path) -> None:
    """The configuration is why a job is there, and the job is why the total differs."""
    (workdir / "config.yaml").write_text(json.dumps({**CONFIG, "samples": ["a", "b", "c"]}))
    run(workdir)

    said = diff(workdir)

    assert told(said, "cause") == [("config", "samples"), ("job", "scale (sample=c)")]
    assert told(said, "effect") == [("output", "out/total.txt")]


def test_a_changed_script(workdir: Path) -> None:
    """The script is the cause; its lines are told where a commit holds the old text."""
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=workdir, check=True)
    run(workdir, "--forceall")
    (workdir / "scale.py").write_text(SCRIPT.replace("float(line)", "-float(line)"))
    run(workdir)

    said = diff(workdir)

    assert told(said, "cause") == [("code", "scale.py")]
    assert len(first(said)["jobs"]) == 2
    assert "-numbers = [float(line)" in first(said)["text"]
    assert "+numbers = [-float(line)" in first(said)["text"]


def test_a_changed_script_whose_old_text_is_lost(workdir: Path) -> None:
    """Without a commit, and without what was kept of it, the digests are all that can be told."""
    shutil.rmtree(workdir / ".heliport/code")
    (workdir / "scale.py").write_text(SCRIPT.replace("float(line)", "-float(line)"))
    run(workdir)

    one = first(diff(workdir))

    assert (one["aspect"], one["what"], one["text"]) == ("code", "scale.py", None)
    assert len(one["before"]) == len(one["after"]) == 64


def test_a_changed_rule(workdir: Path) -> None:
    """The lines of a rule are told."""
    (workdir / "Snakefile").write_text(SNAKEFILE.replace("cat {input}", "cat {input} {input}"))
    run(workdir)

    said = diff(workdir)

    causes = told(said, "cause")
    assert ("code", "rule total") in causes
    (rule,) = [one for one in said["differences"] if one["what"] == "rule total"]
    assert "+cat {input} {input}" in rule["text"].replace('+"', "+")
    assert told(said, "effect") == [("output", "out/total.txt")]


def test_a_parameter_written_in_the_snakefile(workdir: Path) -> None:
    """The Snakefile explains a parameter that the configuration does not."""
    (workdir / "Snakefile").write_text(SNAKEFILE.replace("shift=0", "shift=1"))
    run(workdir)

    said = diff(workdir)

    assert told(said, "cause") == [("code", "Snakefile"), ("parameter", "shift of rule scale")]


def test_an_output_that_is_random(workdir: Path) -> None:
    """Where nothing recorded differs, that is what is told."""
    (workdir / "scale.py").write_text(
        SCRIPT + "import uuid; open(snakemake.output[0], 'a').write(f'{uuid.uuid4()}\\n')\n"
    )
    run(workdir, "--forceall")
    run(workdir, "--forceall")

    said = diff(workdir)

    assert told(said, "cause") == [("unexplained", "scale (sample=a)"), ("unexplained", "scale (sample=b)")]
    assert told(said, "effect") == [("output", "out/a.txt"), ("output", "out/b.txt"), ("output", "out/total.txt")]


def test_a_job_that_failed(workdir: Path) -> None:
    """The code that broke a job is the cause of its failure, and the failure of what was blocked."""
    (workdir / "scale.py").write_text("raise SystemExit(3)\n")
    run(workdir, "--keep-going", code=1)

    said = diff(workdir)

    assert told(said, "cause") == [("code", "scale.py")]
    states = {one["what"]: (one["before"], one["after"]) for one in said["differences"] if one["aspect"] == "state"}
    assert states["scale (sample=a)"] == ("finished", "failed")
    assert states["total"] == ("finished", "pending")


def test_what_a_person_reads(workdir: Path) -> None:
    """One line a difference, with short digests and the reason of each job that ran."""
    (workdir / "data/a.txt").write_text("7\n")
    run(workdir)

    text = heliport(workdir, "diff", "-2", "latest").stdout

    assert "The results differ." in text
    assert text.index("input data/a.txt") < text.index("output out/a.txt") < text.index("output out/total.txt")
    assert "Updated input files: data/a.txt" in text
    assert not [word for word in text.split() if len(word) == 64]
