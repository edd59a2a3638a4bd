"""`diff` tells which value of the configuration had a part in the results, and which had none."""

import json
from pathlib import Path

import pytest
from helpers import heliport
from lineage.snakefiles import CHAIN, workflow
from lineage.test_diff import because, diff, first, run, told

pytestmark = pytest.mark.slow

FUNCTIONS = """
configfile: "config.json"

def label(wildcards):
    return config["label"].upper()

rule all:
    input: "a.txt", "b.txt"

rule one:
    input: "raw.txt"
    output: "a.txt"
    params:
        depth=lambda wildcards: config["model"]["depth"] * 2,
        way="x" if config["mode"] == "fast" else "y",
        label=label,
    shell: "echo {params.depth} {params.way} {params.label} > {output}"

rule two:
    output: "b.txt"
    run:
        open(output[0], "w").write(config["text"])
"""
SETTINGS = {"model": {"depth": 1}, "mode": "fast", "label": "l", "text": "t", "never": 1}


def functions(workdir: Path, **settings: object) -> Path:
    (workdir / "config.json").write_text(json.dumps({**SETTINGS, **settings}))
    return workflow(workdir, FUNCTIONS)


def test_values_that_functions_read(tmp_path: Path) -> None:
    """A parameter that is worked out of a value is explained by it, and by no other; one that nothing reads is none."""
    run(functions(tmp_path))
    run(functions(tmp_path, model={"depth": 3}, mode="slow", never=2))

    said = diff(tmp_path)

    assert because(said, "depth of rule one") == ["model.depth"]
    assert because(said, "way of rule one") == ["mode"]
    assert [what for aspect, what in told(said, "cause") if aspect == "config"] == ["mode", "model.depth"]
    assert told(said, "without visible effect") == [("config", "never")]


def test_the_only_value_that_can_have_set_a_parameter(tmp_path: Path) -> None:
    """Where the rule does not say what its function reads, the one value that something reads is the reason."""
    run(functions(tmp_path))
    run(functions(tmp_path, label="m", never=2))

    said = diff(tmp_path)

    assert told(said, "cause") == [("config", "label"), ("parameter", "label of rule one")]
    assert told(said, "without visible effect") == [("config", "never")]


def test_a_value_that_a_run_block_reads(tmp_path: Path) -> None:
    """What the code of a job reads by itself is a cause like a parameter."""
    run(functions(tmp_path))
    run(functions(tmp_path, text="u", never=2), "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("config", "text")]
    assert because(said, "b.txt") == ["text"]
    assert told(said, "without visible effect") == [("config", "never")]


def test_a_value_that_a_script_reads(tmp_path: Path) -> None:
    """A script that reads the configuration has what it read as a cause."""
    (tmp_path / "one.py").write_text("open(snakemake.output[0], 'w').write(str(snakemake.config['va']))\n")
    workflow(tmp_path, "rule one:\n    output: 'a.txt'\n    script: 'one.py'\n")
    run(tmp_path, "--config", "va=1", "wa=1")
    run(tmp_path, "--config", "va=2", "wa=2", "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("config", "va")]
    assert because(said, "a.txt") == ["va"]


def test_values_that_are_all_gone_through(tmp_path: Path) -> None:
    """Code that goes through the configuration reads a value that came anew; a parameter may be all of it."""
    whole = """
rule all:
    input: "a.txt", "b.txt"

rule one:
    output: "a.txt"
    params: config
    shell: "echo '{params}' > {output}"

rule two:
    output: "b.txt"
    run:
        open(output[0], "w").write(",".join(str(config[name]) for name in config))
"""
    run(workflow(tmp_path, whole), "--config", "aa=1")
    run(tmp_path, "--config", "aa=1", "bb=2", "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("config", "bb"), ("parameter", "0 of rule one")]
    assert because(said, "b.txt") == ["bb"]


def test_a_job_that_a_value_may_have_reached_unseen(tmp_path: Path) -> None:
    """A value that is known to reach another job is not taken for this one's, and chance is not said to be all."""
    helped = """
def text():
    return config["text"]

rule all:
    input: "a.txt", "b.txt"

rule one:
    output: "a.txt"
    params: config["text"]
    shell: "echo {params} > {output}"

rule two:
    output: "b.txt"
    run:
        open(output[0], "w").write(text())
"""
    run(workflow(tmp_path, helped), "--config", "text=one")
    run(tmp_path, "--config", "text=two", "--forceall")

    said = diff(tmp_path)

    (unexplained,) = [one for one in said["differences"] if one["aspect"] == "unexplained"]
    assert unexplained["jobs"] == ["two"]
    assert "the configuration or the workflow may have reached it unseen" in unexplained["after"]


def test_a_value_is_not_found_in_a_digest(tmp_path: Path) -> None:
    """Whatever changed in the configuration, it did not change data."""
    run(workflow(tmp_path, CHAIN), "--config", "aa=1", "bb=2", "cc=3")
    workflow(tmp_path, CHAIN + "# print(config['aa'], config['bb'], config['cc'])\n", raw="2\n")
    run(tmp_path, "--config", "aa=2", "bb=3", "cc=4")

    said = diff(tmp_path)

    assert told(said, "cause") == [("input", "raw.txt")]
    assert because(said, "raw.txt") == []


def test_two_values_that_changed_alike(tmp_path: Path) -> None:
    """The rule names one of them."""
    rule = "rule one:\n    output: 'a.txt'\n    params: v=config['va']\n    shell: 'echo {params.v} > {output}'\n"
    other = "rule two:\n    output: 'b.txt'\n    params: v=config['wa']\n    shell: 'echo 1 > {output}'\n"
    workflow(tmp_path, f"rule all:\n    input: 'a.txt', 'b.txt'\n{rule}{other}")
    run(tmp_path, "--config", "va=1", "wa=1")
    run(tmp_path, "--config", "va=2", "wa=2")

    said = diff(tmp_path)

    assert told(said, "cause") == [("config", "va"), ("parameter", "v of rule one")]
    assert because(said, "v of rule one") == ["va"]
    assert because(said, "v of rule two") == ["wa"]


def test_a_value_that_orders_the_inputs(tmp_path: Path) -> None:
    """The same files in another order are another input, which the configuration explains."""
    snakefile = """
rule all:
    input: expand("{s}.txt", s=config["samples"])
    output: "all.txt"
    shell: "cat {input} > {output}"

rule one:
    output: "{s}.txt"
    shell: "echo {wildcards.s} > {output}"
"""
    run(workflow(tmp_path, snakefile), "--config", "samples=[a,b]")
    run(tmp_path, "--config", "samples=[b,a]", "--forceall")

    said = diff(tmp_path)

    assert told(said, "cause") == [("config", "samples"), ("input", "order of the files of all")]
    assert because(said, "all.txt") == ["order of the files of all"]
    assert "a.txt, b.txt → b.txt, a.txt" in heliport(tmp_path, "diff").stdout


def test_the_file_that_a_rule_is_written_in(tmp_path: Path) -> None:
    """Of the files of a workflow that changed, the one that holds the rule explains its parameter."""
    (tmp_path / "one.smk").write_text(
        "V = 1\nrule one:\n    output: 'a.txt'\n    params: V\n    shell: 'echo {params} > {output}'\n"
    )
    run(workflow(tmp_path, "rule all:\n    input: 'a.txt'\n\ninclude: 'one.smk'\n"))
    (tmp_path / "one.smk").write_text((tmp_path / "one.smk").read_text().replace("V = 1", "V = 2"))
    run(workflow(tmp_path, "# A comment.\nrule all:\n    input: 'a.txt'\n\ninclude: 'one.smk'\n"))

    said = diff(tmp_path)

    assert told(said, "cause") == [("code", "one.smk"), ("parameter", "0 of rule one")]
    assert first(said)["jobs"] == ["one"]
    assert told(said, "without visible effect") == [("code", "Snakefile")]
