"""`diff` tells what came of jobs: retries, a killed run, `--touch`, fewer targets, and other packages."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from helpers import SNAKEMAKE, environment
from lineage.snakefiles import CHAIN, workflow
from lineage.test_diff import because, diff, run, told

pytestmark = pytest.mark.slow

RETRYING = """
rule one:
    input: "raw.txt"
    output: "a.txt"
    retries: 1
    resources: mem_mb=lambda wildcards, attempt: attempt * 100, tries=lambda wildcards, attempt: attempt
    shell: "if [ -e flag ]; then rm flag; exit 1; fi; cat {input} > {output}"
"""


def killed(workdir: Path) -> None:
    """Run a workflow, and kill all of it while its second job is at work."""
    arguments = [*SNAKEMAKE, "--cores", "1", "--scheduler", "greedy", "--logger", "heliport"]
    process = subprocess.Popen(
        arguments,
        cwd=workdir,
        env=environment(NAP="60"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (workdir / "begun").exists() and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    shutil.rmtree(workdir / ".snakemake/locks", ignore_errors=True)


def test_a_run_that_was_killed(tmp_path: Path) -> None:
    """That it was killed is why a job did not finish: neither chance, nor what the job read, nor what it was."""
    napping = CHAIN.replace("cat {input} >", "touch begun; sleep $NAP; cat {input} >")
    killed(workflow(tmp_path, napping))
    run(tmp_path, "--rerun-incomplete", NAP="0")
    finished = diff(tmp_path)
    (tmp_path / "raw.txt").write_text("2\n")
    run(tmp_path, NAP="0")
    changed = diff(tmp_path, "-3", "latest")

    assert told(finished, "cause") == [("state", "the run")]
    assert because(finished, "two") == ["the run"]
    assert because(finished, "all") == ["two"]
    assert set(told(changed, "cause")) == {("state", "the run"), ("input", "raw.txt")}
    assert because(changed, "a.txt") == ["raw.txt"]
    assert because(changed, "two") == ["the run"]


def test_a_second_attempt(tmp_path: Path) -> None:
    """How many attempts it took is told, with the resources that came of it, and is no cause beside changed data."""
    (tmp_path / "flag").write_text("")
    run(workflow(tmp_path, RETRYING))
    run(tmp_path, "--forceall")
    same = diff(tmp_path)
    (tmp_path / "flag").write_text("")
    (tmp_path / "raw.txt").write_text("2\n")
    run(tmp_path)
    changed = diff(tmp_path)

    assert same["same_results"]
    assert told(same, "without visible effect") == [
        ("state", "attempts of one"),
        ("resource", "mem_mb of rule one"),
        ("resource", "tries of rule one"),
    ]
    assert because(same, "mem_mb of rule one") == ["attempts of one"]
    assert told(changed, "cause") == [("input", "raw.txt")]
    assert told(changed, "possible cause") == []
    assert because(changed, "a.txt") == ["raw.txt"]


def test_a_second_attempt_that_the_command_tells_of(tmp_path: Path) -> None:
    """The attempt is why the resource is another, the resource why the command is, the command why the result is."""
    (tmp_path / "flag").write_text("")
    run(workflow(tmp_path, RETRYING.replace("cat {input}", "echo {resources.tries}")))
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [
        ("state", "attempts of one"),
        ("resource", "tries of rule one"),
        ("parameter", "command of rule one"),
    ]
    assert because(said, "command of rule one") == ["tries of rule one"]
    assert because(said, "a.txt") == ["command of rule one"]


def test_what_was_touched_instead_of_made(tmp_path: Path) -> None:
    """Its files were what an earlier run had made, and are compared: that nothing was made is why they differ."""
    run(workflow(tmp_path, CHAIN))
    (tmp_path / "raw.txt").write_text("2\n")
    run(tmp_path, "--touch")
    touched = diff(tmp_path)
    run(tmp_path, "--forceall")
    made = diff(tmp_path)

    assert touched["same_results"]
    assert told(made, "cause") == [("job", "one")]
    assert told(made, "effect") == [("output", "a.txt"), ("output", "b.txt")]
    assert because(made, "b.txt") == ["a.txt"]


@pytest.mark.parametrize("less", [["a.txt"], ["--until", "one"]])
def test_less_was_asked_for(tmp_path: Path, less: list[str]) -> None:
    """What was asked for is why jobs are part of one run only."""
    run(workflow(tmp_path, CHAIN))
    run(tmp_path, "--forceall", *less)

    said = diff(tmp_path)

    assert said["same_results"]
    assert because(said, "two") == ["targets of the run"]
    assert told(said, "without visible effect")[0] == ("environment", "targets of the run")


def test_a_package_that_a_script_imports(tmp_path: Path) -> None:
    """Of the packages that changed, the one that the script names is the cause where nothing else is."""
    site, workdir = tmp_path / "site-packages", tmp_path / "work"
    workdir.mkdir()
    workflow(workdir, "rule one:\n    output: 'a.txt'\n    script: 'one.py'\n")
    (workdir / "one.py").write_text("import tinylib\nopen(snakemake.output[0], 'w').write(tinylib.VERSION)\n")
    for version in ("1.0", "2.0"):
        shutil.rmtree(site, ignore_errors=True)
        for name in ("tinylib", "otherlib"):
            folder = site / f"{name}-{version}.dist-info"
            folder.mkdir(parents=True)
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            (site / f"{name}.py").write_text(f"VERSION = '{version}'\n")
        run(workdir, "--forceall", PYTHONPATH=str(site), PYTHONDONTWRITEBYTECODE="1")

    said = diff(workdir)

    assert told(said, "cause") == [("software", "tinylib")]
    assert because(said, "a.txt") == ["tinylib"]
    assert told(said, "without visible effect") == [("software", "otherlib")]
