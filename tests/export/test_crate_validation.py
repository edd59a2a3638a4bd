"""The community's validator and questions: crates of synthetic and of real runs."""

from pathlib import Path

import pytest
from export.contexts.questions import full_contexts, graph_of, questions
from export.contexts.synthetic import recorded
from helpers import copy_workflow, folded, snakemake

from snakemake_heliport.export import Selection
from snakemake_heliport.export.crate import DataMode, contexts, validate_crate, validating, write_crate
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

validator = pytest.importorskip("rocrate_validator")


def write(workdir: Path, target: Path, data: str = "none", audience: Visibility = Visibility.PRIVATE) -> Path:
    with Store.open(workdir / ".heliport" / "store.db") as store:
        selection = Selection(None, audience=audience)
        zipped = target.suffix == ".zip"
        write_crate(store, selection, target, data=DataMode(data), zipped=zipped, workdir=workdir)
    return target


@pytest.fixture(autouse=True)
def published_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The validator reads the contexts as published, and not our short form of them."""
    monkeypatch.setattr(validating, "contexts", full_contexts)


def test_our_short_contexts_say_what_the_published_ones_say() -> None:
    """Each term that we ship has the address that its specification gives it."""
    short = contexts.contexts()

    for url, document in full_contexts().items():
        published = document["@context"]
        assert {term: published.get(term) for term in short[url]["@context"]} == short[url]["@context"]


@pytest.mark.parametrize(("name", "data"), [("crate", "none"), ("crate", "copy"), ("crate.zip", "copy")])
def test_a_crate_of_everything_is_valid(tmp_path: Path, name: str, data: str) -> None:
    """No violation, neither of what is required nor of what is recommended."""
    recorded(tmp_path / "work")

    assert validate_crate(write(tmp_path / "work", tmp_path / name, data)) == []


@pytest.mark.parametrize(("public", "annotated"), [(True, True), (False, True), (False, False)])
def test_a_crate_for_the_public_is_valid(tmp_path: Path, public: bool, annotated: bool) -> None:
    """Also where nothing is public, and where nobody said who, what and under which licence."""
    recorded(tmp_path / "work", public=public, annotated=annotated)
    audience = Visibility.PUBLIC if annotated else Visibility.PRIVATE

    assert validate_crate(write(tmp_path / "work", tmp_path / "crate", audience=audience)) == []


def test_a_broken_crate_is_told(tmp_path: Path) -> None:
    """What is required comes first, and a folder without metadata is no crate."""
    recorded(tmp_path / "work")
    crate = write(tmp_path / "work", tmp_path / "crate")
    (crate / "Snakefile").unlink()

    assert validate_crate(crate)[0].startswith("required: ")
    assert "holds no" in validate_crate(tmp_path / "work")[0]


def test_all_questions_of_the_community_are_answered(tmp_path: Path) -> None:
    """Eleven of eleven, as published."""
    recorded(tmp_path / "work")
    graph = graph_of(write(tmp_path / "work", tmp_path / "crate"))
    answers = {name: len(list(graph.query(text))) for name, text in questions()}

    assert len({name[:4] for name in answers}) == 11
    assert [name for name, count in answers.items() if not count] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["minimal", "failing", "checkpoint", "flags", "named", "same_bytes"])
def test_crates_of_real_runs_are_valid(tmp_path: Path, name: str) -> None:
    """Checkpoints, retries, temporary and touched files, directories, names in any script: all valid."""
    workdir = copy_workflow(name, tmp_path / "work dir é")
    snakemake(workdir, "-c2", "-k")
    folded(workdir)

    for data in ("none", "copy"):
        assert validate_crate(write(workdir, tmp_path / data, data)) == []


ODD = """
names = ["a#b%20c?d", "quo'te\\"d", "<img src=x onerror=alert(1)>", "é🧪 漢字", "[b]r^", "x:y|z", "%2E%2E", "end "]
rule all:
    input: expand("out/{name}.txt", name=names), "kinds.txt"
rule make:
    output: "out/{name}.txt"
    params: "by place", text="line\\nother\\u2028end", long="x" * 100_000, label=lambda wildcards: wildcards.name
    message: "Making <b>{wildcards.name}</b>"
    shell: "touch {output:q}"
rule kinds:
    output: "kinds.txt"
    params: 7, [1, None, "x"], none=None, nan=float("nan"), least=float("-inf"), deep={"a": {"b": [True]}}, big=2**70
    shell: "touch {output}"
rule nothing:
    shell: "true"
rule declared:
    output: "declared.txt"
    container: "docker://quay.io/biocontainers/samtools:1.19"
    conda: "none.yaml"
    shell: "touch {output}"
"""


@pytest.mark.slow
def test_odd_names_and_values_are_valid(tmp_path: Path) -> None:
    """Whatever a file system takes as a name, and Python as a param; jobs without any output, too."""
    (tmp_path / "Snakefile").write_text(ODD, "utf-8")
    (tmp_path / "none.yaml").write_text("dependencies: []", "utf-8")
    run = snakemake(tmp_path, "all", "nothing", "declared", "-c2")
    folded(tmp_path)

    assert run.returncode == 0, run.stderr
    for name, data in (("none", "none"), ("copy", "copy"), ("crate.zip", "copy")):
        assert validate_crate(write(tmp_path, tmp_path / name, data)) == []


@pytest.mark.slow
def test_a_container_that_was_only_declared_is_not_told(tmp_path: Path) -> None:
    """Without `--sdm apptainer` a job runs on the host, whatever image its rule names."""
    (tmp_path / "Snakefile").write_text(ODD, "utf-8")
    (tmp_path / "none.yaml").write_text("dependencies: []", "utf-8")
    run = snakemake(tmp_path, "declared", "-c1")
    folded(tmp_path)
    crate = write(tmp_path, tmp_path / "crate")

    assert run.returncode == 0, run.stderr
    assert "containerImage" not in (crate / "ro-crate-metadata.json").read_text("utf-8")
