"""`diff` names the true cause where it is easily missed: what changed between the runs, or is not what it seems."""

import json
import re
import subprocess
import time
from pathlib import Path

import pytest
from helpers import heliport
from lineage.snakefiles import CHAIN, CHECKPOINT, HALF, STOPPED, UPDATING, workflow
from lineage.test_diff import because, diff, first, run, told

pytestmark = pytest.mark.slow

IMPORTING = "import helper; open(snakemake.output[0], 'w').write(helper.WORD)\n"


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


def importing(workdir: Path) -> Path:
    """Return a workflow with a script that imports a module, which imports another, in folders of their own."""
    for folder in ("workflow/scripts/tools", "workflow/rules"):
        (workdir / folder).mkdir(parents=True)
    (workdir / "workflow/Snakefile").write_text('rule all:\n    input: "a.txt"\n\ninclude: "rules/one.smk"\n')
    rule = "rule one:\n    output: 'a.txt'\n    script: '../scripts/one.py'\n"
    (workdir / "workflow/rules/one.smk").write_text(rule)
    (workdir / "workflow/scripts/one.py").write_text(IMPORTING)
    (workdir / "workflow/scripts/helper.py").write_text("import json\nfrom tools import WORD\n")
    (workdir / "workflow/scripts/tools/__init__.py").write_text("from .words import WORD\n")
    (workdir / "workflow/scripts/tools/words.py").write_text("WORD = 'one'\n")
    return workdir


def test_a_module_that_a_script_imports(tmp_path: Path) -> None:
    """It is the cause also where another module imports it, and no repository holds what it was."""
    run(importing(tmp_path))
    words = tmp_path / "workflow/scripts/tools/words.py"
    words.write_text("WORD = 'two'\n")
    stale = json.loads(heliport(tmp_path, "status", "--json").stdout)
    reached = json.loads(heliport(tmp_path, "impact", "workflow/scripts/tools/words.py", "--json").stdout)
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "workflow/scripts/tools/words.py")]
    assert because(said, "a.txt") == ["workflow/scripts/tools/words.py"]
    assert [len(first(said)[side]) for side in ("before", "after")] == [64, 64]
    assert first(said)["text"].splitlines()[-2:] == ["-WORD = 'one'", "+WORD = 'two'"]
    assert [(one["path"], one["role"]) for one in stale["changed"]] == [("workflow/scripts/tools/words.py", "module")]
    assert [one["path"] for one in stale["stale"]] == ["a.txt"]
    assert "a.txt" in json.dumps(reached)
    assert heliport(tmp_path, "validate").returncode == 0
    assert json.loads(heliport(tmp_path, "status", "--json").stdout)["current"]


def test_the_lines_of_a_module_that_differ(tmp_path: Path) -> None:
    """A repository holds what a module was; a change that is in no commit is told all the same."""
    words = importing(tmp_path) / "workflow/scripts/tools/words.py"
    (tmp_path / ".gitignore").write_text(".snakemake\n__pycache__\na.txt\n")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@y"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    run(tmp_path)
    words.write_text("WORD = 'second'\n")
    subprocess.run([*git, "commit", "-qam", "y"], cwd=tmp_path, check=True)
    run(tmp_path, "--forceall")
    committed = diff(tmp_path)
    words.write_text("WORD = 'the third'\n")
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(committed, "cause") == told(said, "cause") == [("code", "workflow/scripts/tools/words.py")]
    assert told(committed, "possible cause") == told(said, "possible cause") == []
    assert "-WORD = 'one'\n+WORD = 'second'" in first(committed)["text"]
    assert "-WORD = 'second'\n+WORD = 'the third'" in first(said)["text"]


def test_the_module_that_python_takes(tmp_path: Path) -> None:
    """Of modules with one name, the one that the script was given is recorded, whatever else lies there."""
    scripts = importing(tmp_path) / "workflow/scripts"
    (scripts / "one.py").write_text(
        "import helper, words, yaml, extra, sys, os\n"
        "found = (os.path.relpath(each.__file__) for each in (helper, words, yaml, extra))\n"
        "open(snakemake.output[0], 'w').write('\\n'.join(found))\n"
    )
    for folder, names in {
        "workflow": "helper words yaml",
        "workflow/rules": "helper words",
        "more": "extra words",
    }.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in names.split():
            (tmp_path / folder / f"{name}.py").write_text("")
    (scripts / "words.py").write_text("")
    run(tmp_path, PYTHONPATH=f"{tmp_path}/more")
    used = [Path(line) for line in (tmp_path / "a.txt").read_text().splitlines()]
    for path in tmp_path.rglob("*.py"):
        path.write_text(path.read_text() + "# changed\n")

    stale = json.loads(heliport(tmp_path, "status", "--json").stdout)

    changed = {one["path"] for one in stale["changed"] if one["role"] == "module"}
    assert changed == {str(path) for path in used if ".." not in path.parts}
    assert changed == {"workflow/rules/helper.py", "more/words.py", "more/extra.py"}


def test_a_module_that_the_snakefile_imports(tmp_path: Path) -> None:
    """Which jobs it reaches is not recorded: it is named where nothing of the job itself tells why."""
    run_rule = (
        "import helper\n\nrule one:\n    output: 'a.txt'\n    run:\n        open(output[0], 'w').write(helper.WORD)\n"
    )
    (tmp_path / "Snakefile").write_text(run_rule)
    (tmp_path / "helper.py").write_text("WORD = 'one'\n")
    run(tmp_path)
    (tmp_path / "helper.py").write_text("WORD = 'second'\n")
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(said, "possible cause") == [("code", "helper.py")]
    assert told(said, "cause") == []
    assert because(said, "a.txt") == []


def test_a_record_that_knows_no_modules(tmp_path: Path) -> None:
    """Beside a record that is older than the look for modules, a module is not said to have come anew."""
    run(importing(tmp_path))
    journals = sorted((tmp_path / ".heliport").rglob("*.jsonl"))
    for journal in journals:
        lines = journal.read_text().splitlines(keepends=True)
        journal.write_text("".join(line for line in lines if '"type":"modules"' not in line))
    (tmp_path / ".heliport/store.db").unlink()
    (tmp_path / "workflow/scripts/tools/words.py").write_text("WORD = 'two'\n")
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert journals
    assert told(said, "cause") == []
    possible = {one["what"]: one["note"] for one in said["differences"] if one["bearing"] == "possible cause"}
    assert "just one of the runs tells" in possible["workflow/scripts/tools/words.py"]


def test_a_changed_module_beside_many_jobs(tmp_path: Path) -> None:
    """All jobs of a rule used the module; it was read once, and written down once."""
    workflow(tmp_path, "rule all:\n    input: expand('{i}.txt', i=range(3))\n")
    with (tmp_path / "Snakefile").open("a") as file:
        file.write("rule one:\n    input: 'two.py'\n    output: '{i}.txt'\n    script: 'one.py'\n")
    (tmp_path / "one.py").write_text("import helper, two\n" + IMPORTING)
    (tmp_path / "two.py").write_text("")
    (tmp_path / "helper.py").write_text("WORD = 'one'\n")
    run(tmp_path)
    (tmp_path / "helper.py").write_text("WORD = 'second'\n")
    (tmp_path / "two.py").write_text("X = 2\n")
    run(tmp_path)

    said = diff(tmp_path)

    # A module that is an input as well is told once.
    assert told(said, "cause") == [("code", "helper.py"), ("input", "two.py")]
    assert sorted(first(said)["jobs"]) == [f"one (i={number})" for number in range(3)]
    written = "".join(path.read_text() for path in (tmp_path / ".heliport").rglob("*.jsonl"))
    assert written.count('"type":"modules"') == 2


def test_a_number_of_threads_in_a_command(tmp_path: Path) -> None:
    """Threads may be without effect; in a command line they are not."""
    rule = 'rule one:\n    output: "a.txt"\n    threads: 1\n    shell: "echo {threads} > {output}"\n'
    run(workflow(tmp_path, rule), "--cores", "2")
    (tmp_path / "Snakefile").write_text(rule.replace("threads: 1", "threads: 2"))
    run(tmp_path, "--cores", "2", "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [
        ("code", "Snakefile"),
        ("resource", "threads of rule one"),
        ("parameter", "command of rule one"),
    ]
    assert because(said, "command of rule one") == ["threads of rule one"]


def test_a_rule_that_names_another_input(tmp_path: Path) -> None:
    """The path is another because the rule says so."""
    run(workflow(tmp_path, CHAIN))
    (tmp_path / "other.txt").write_text("2\n")
    (tmp_path / "Snakefile").write_text(CHAIN.replace("raw.txt", "other.txt"))
    run(tmp_path)

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "Snakefile"), ("input", "files of one")]
    assert because(said, "files of one") == ["Snakefile"]


def test_a_part_of_a_checkpoint_that_was_edited_by_hand(tmp_path: Path) -> None:
    """The checkpoint was not needed again, and is no cause of what somebody did to its parts."""
    run(workflow(tmp_path, CHECKPOINT, "x\ny\n"))
    time.sleep(1.1)
    (tmp_path / "parts/y.txt").write_text("by hand\n")
    run(tmp_path)

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "parts/y.txt")]
    assert (first(said)["note"], first(said)["jobs"]) == ("changed after split made it", ["copy (name=y)"])
    assert because(said, "total.txt") == ["copies/y.txt"]


def without_rule_one(snakefile: str) -> str:
    return snakefile[: snakefile.index("rule one")] + snakefile[snakefile.index("rule two") :]


def test_an_edited_file_whose_rule_is_gone(tmp_path: Path) -> None:
    """Neither the rule that is gone nor the Snakefile changed the file, whichever run is asked for first."""
    run(workflow(tmp_path, CHAIN))
    time.sleep(1.1)
    (tmp_path / "a.txt").write_text("by hand\n")
    (tmp_path / "Snakefile").write_text(without_rule_one(CHAIN))
    run(tmp_path)

    for said in (diff(tmp_path), diff(tmp_path, "latest", "-2")):
        assert told(said, "cause") == [("input", "a.txt")]
        assert first(said)["note"] == "changed after one made it"
        assert because(said, "b.txt") == ["a.txt"]


def test_a_file_that_a_run_between_made_anew(tmp_path: Path) -> None:
    """Why the other run made something else is why the results differ: not a hand, nor the rule that is gone."""
    run(workflow(tmp_path, CHAIN))
    (tmp_path / "raw.txt").write_text("2\n")
    run(tmp_path, "a.txt")
    (tmp_path / "Snakefile").write_text(without_rule_one(CHAIN))
    run(tmp_path)

    said = diff(tmp_path, "-3", "latest")

    assert told(said, "cause") == [("input", "raw.txt")]
    assert because(said, "a.txt") == ["raw.txt"]
    assert because(said, "b.txt") == ["a.txt"]


def test_a_rule_that_makes_what_was_there(tmp_path: Path) -> None:
    """A rule that came to make the file is the cause: what was there before had no maker."""
    (tmp_path / "a.txt").write_text("by hand\n")
    run(workflow(tmp_path, without_rule_one(CHAIN)))
    (tmp_path / "Snakefile").write_text(CHAIN)
    run(tmp_path, "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "Snakefile"), ("job", "one")]
    assert because(said, "b.txt") == ["one"]


SWEEP = """
rule all:
    input: "best.txt"

rule train:
    output: "models/{depth}_{rate}.txt"
    params: noise=config["noise"]
    shell: "echo {params.noise} {wildcards} > {output}"

rule extra:
    output: "extra.txt"
    shell: "echo extra > {output}"

rule best:
    input:
        expand("models/{depth}_{rate}.txt", depth=[1, 2], rate=config["rates"]),
        ["extra.txt"] if config["more"] else [],
    output: "best.txt"
    shell: "cat {input} > {output}"
"""


def sweep(workdir: Path, noise: float, rates: list[float], *, more: bool) -> Path:
    """Return a workflow whose jobs its configuration decides on."""
    settings = json.dumps({"noise": noise, "rates": rates, "more": more, "other": int(more)})
    (workdir / "Snakefile").write_text(f"configfile: 'config.json'\n{SWEEP}")
    (workdir / "config.json").write_text(settings)
    return workdir


def test_the_value_that_a_new_job_is_there_for(tmp_path: Path) -> None:
    """Of the values that changed, a new job has the one that it holds as its reason, not all of them."""
    run(sweep(tmp_path, 0.03, [0.1], more=False))
    run(sweep(tmp_path, 0.05, [0.1, 0.2], more=False))
    added = diff(tmp_path)
    run(sweep(tmp_path, 0.05, [0.2], more=False), "--forceall")
    removed = diff(tmp_path)

    assert because(added, "train (depth=2, rate=0.2)") == ["rates"]
    assert because(added, "noise of rule train") == ["noise"]
    assert because(removed, "train (depth=2, rate=0.1)") == ["rates"]


def test_a_new_job_that_holds_no_changed_value(tmp_path: Path) -> None:
    """The one value that something reads brought it; where two are read, each may have, and none is said to have."""
    run(sweep(tmp_path, 0.03, [0.1], more=False))
    run(sweep(tmp_path, 0.03, [0.1], more=True))
    one = diff(tmp_path)
    reading = f"configfile: 'config.json'\nOTHER = config['other']\n{SWEEP}"
    for more in (False, True):
        sweep(tmp_path, 0.03, [0.1], more=more)
        (tmp_path / "Snakefile").write_text(reading)
        run(tmp_path)
    several = diff(tmp_path)

    assert told(one, "cause") == [("config", "more"), ("job", "extra")]
    assert because(one, "extra") == ["more"]
    assert told(one, "without visible effect") == [("config", "other")]
    assert told(several, "cause") == [("job", "extra")]
    assert because(several, "extra") == []
    assert told(several, "possible cause") == [("config", "more"), ("config", "other")]
    assert because(several, "best.txt") == ["extra"]


def test_a_command_with_which_a_job_failed(tmp_path: Path) -> None:
    """The value that made it fail is the cause of its state, and what failed made no files to be compared."""
    rule = "rule one:\n    output: 'a.txt'\n    shell: 'echo 1 > {output}; exit {config[code]}'\n"
    run(workflow(tmp_path, rule), "--config", "code=0")
    run(tmp_path, "--config", "code=3", "--forceall", code=1)
    broken = diff(tmp_path)
    run(tmp_path, "--config", "code=0")
    mended = diff(tmp_path)

    for said in (broken, mended):
        assert told(said, "cause") == [("config", "code"), ("parameter", "command of rule one")]
        assert told(said, "possible cause") == []
        assert because(said, "one") == ["command of rule one"]


def test_many_packages_are_told_together_and_last(tmp_path: Path) -> None:
    """What matters is not behind dozens of packages, and no line takes back what its heading says."""
    (tmp_path / "one.sh").write_text("cp raw.txt a.txt\n")
    run(workflow(tmp_path, CHAIN.replace("cp {input} {output}", "sh one.sh")))
    (journal,) = (tmp_path / ".heliport").rglob("*.jsonl")
    written = journal.read_text().replace('"platform":"', '"platform":"0')
    journal.write_text(re.sub(r'("version":")([^"]*","purl":"[^"@]*@)', r"\g<1>0.\g<2>0.", written))
    (tmp_path / ".heliport/store.db").unlink()
    (tmp_path / "raw.txt").write_text("2\n")
    run(tmp_path)
    explained = diff(tmp_path), heliport(tmp_path, "diff").stdout
    (tmp_path / "one.sh").write_text("echo 3 > a.txt\n")
    (tmp_path / "raw.txt").write_text("1\n")
    run(tmp_path, "--forceall")
    unexplained = diff(tmp_path, "-3", "latest"), heliport(tmp_path, "diff", "-3", "latest", "--json").stdout

    for (said, text), bearing in ((explained, "without visible effect"), (unexplained, "possible cause")):
        # The engine itself is told by name.
        aspects = [aspect for aspect, what in told(said, bearing) if what != "snakemake"]
        assert aspects.count("software") > 5
        assert aspects == sorted(aspects, key="software".__eq__)
        assert "environment" in aspects
        assert "may have had a part" not in text
    engine, packages = [line for line in explained[1].split("\n  ") if line.startswith("software")]
    assert engine.startswith("software snakemake: 0.")
    assert re.match(r"software \d+ packages: \S+ 0\.\S+ → \S+, .* and \d+ more, .*--json", packages)
