"""Small workflows that several tests run, each with one trait that is easily missed."""

from pathlib import Path

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


def workflow(workdir: Path, snakefile: str, raw: str = "1\n") -> Path:
    (workdir / "Snakefile").write_text(snakefile)
    (workdir / "raw.txt").write_text(raw)
    return workdir
