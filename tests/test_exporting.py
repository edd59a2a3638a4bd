"""What the setting `export` writes at the end of a run, and what the command `export` makes of its options."""

import json
import zipfile
from pathlib import Path

import pytest
from helpers import RecordedRun, heliport, snakemake
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.annotation import read_annotations
from snakemake_heliport.layout import Layout
from snakemake_heliport.pending import without_password
from snakemake_heliport.settings import Export, SettingError, parse_exports

SNAKEFILE = """
rule a:
    output: "a.txt"
    shell: "echo a > {output}; exit {config[code]}"
"""
# The process of an export does not come to an end.
HANGING = """
import sys, time
if "snakemake_heliport" in sys.orig_argv and "export" in sys.orig_argv:
    time.sleep(600)
"""


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """A tiny workflow in a directory with an awkward name."""
    folder = tmp_path / "Ünser Ordner [1]"
    folder.mkdir()
    (folder / "Snakefile").write_text(SNAKEFILE)
    return folder


def run(workdir: Path, exports: str, *more: str, code: int = 0, visibility: str = "public", **environ: str):
    """Run the workflow with exports at its end; return its exit code and what the plugin said."""
    flags = ["--logger-heliport-export", exports, "--logger-heliport-visibility", visibility]
    done = snakemake(workdir, "-c1", "--config", f"code={code}", *flags, *more, **environ)
    return done.returncode, [line for line in done.stderr.splitlines() if line.startswith("heliport:")]


def test_a_run_leaves_what_the_setting_names(workdir: Path) -> None:
    """Formats go to the places that they are given, and to a folder of ours where they are given none."""
    code, lines = run(workdir, "ro-crate, turtle:docs/, n-triples:run-{run}.nt,datacite-json")

    run_id = RecordedRun.read(workdir).run.iri.removeprefix("urn:uuid:")
    own = workdir / ".heliport" / "export" / run_id[:8]
    assert code == 0
    assert "ro-crate-metadata.json" in zipfile.ZipFile(own / "ro-crate.zip").namelist()
    assert run_id in (workdir / "docs" / f"run-{run_id[:8]}.ttl").read_text()
    assert run_id in (workdir / f"run-{run_id[:8]}.nt").read_text()
    assert json.loads((own / f"run-{run_id[:8]}.json").read_text())["types"]["resourceType"] == "Workflow Run"
    assert [line.split()[1] for line in lines] == ["wrote", "wrote", "wrote", "wrote", "recorded"]


def test_a_run_says_where_its_pages_are(workdir: Path) -> None:
    """Also where they tell more than others may see, of which there is a note."""
    _, lines = run(workdir, "html", visibility="private")

    place = lines[0].partition("; open ")[2].rstrip(".")
    assert (workdir / place).name == "index.html"
    assert (workdir / place).is_file()


def test_a_failed_run_is_exported_too_and_still_fails(workdir: Path) -> None:
    """What went wrong is worth telling; the exit code is Snakemake's."""
    code, lines = run(workdir, "turtle:run.ttl", code=3)

    assert code == 1
    assert "failed" in (workdir / "run.ttl").read_text()
    assert any("wrote run.ttl" in line for line in lines)


@pytest.mark.parametrize(
    ("exports", "said"),
    [
        ("nonsense", "it may be turtle"),
        ("turtle:Snakefile/run.ttl", "exists"),
        ("ro-crate:docs", "is no crate"),
    ],
)
def test_what_cannot_be_written_costs_one_line_with_the_way_out(workdir: Path, exports: str, said: str) -> None:
    """The run is as it was, and the line names the command that tries again."""
    (workdir / "docs").mkdir()
    (workdir / "docs" / "mine.md").write_text("mine")

    code, (line, closing) = run(workdir, exports)

    assert code == 0
    assert "not exported" in line
    assert said in line
    assert "snakemake-heliport export -f" in line
    assert "recorded run" in closing


def test_a_private_run_is_not_published_by_a_setting(workdir: Path) -> None:
    """A crate is for everybody; of a run that nobody may see it would be empty, and is not written."""
    code, (line, _) = run(workdir, "ro-crate:crate.zip", visibility="private")

    assert code == 0
    assert "public" in line
    assert not (workdir / "crate.zip").exists()


def test_an_export_that_hangs_ends_with_its_time(workdir: Path) -> None:
    """The time is for all exports together."""
    (workdir / "inject").mkdir()
    (workdir / "inject" / "sitecustomize.py").write_text(HANGING)

    code, lines = run(
        workdir, "turtle,n-triples", "--logger-heliport-export-wait", "1", PYTHONPATH=str(workdir / "inject")
    )

    assert code == 0
    assert [("not exported" in line, "not done within" in line) for line in lines[:2]] == [(True, True)] * 2
    assert "recorded run" in lines[2]


def test_exports_can_stand_in_the_annotation_file(workdir: Path) -> None:
    """As a text like on the command line, or as a list."""
    path = workdir / "heliport.yaml"
    for said in ("ro-crate,turtle:docs/", "[ro-crate, 'turtle:docs/']"):
        path.write_text(f"settings:\n  export: {said}\n")
        assert read_annotations(path).to_plain()["settings"] == {"export": ["ro-crate", "turtle:docs/"]}


@given(st.lists(st.tuples(st.from_regex(r"[a-z][a-z0-9-]*", fullmatch=True), st.none() | st.just("a:b/ü c"))))
def test_exports_are_read_as_they_are_written(exports: list[tuple[str, str | None]]) -> None:
    """A place may hold anything but a comma."""
    text = " , ".join(name if place is None else f"{name}:{place}" for name, place in exports)

    assert parse_exports(text) == tuple(Export(*item) for item in exports)


def test_a_place_without_a_format_is_refused() -> None:
    """`:docs/` says nothing that could be written."""
    with pytest.raises(SettingError, match="format"):
        parse_exports(":docs/")


def test_a_project_is_all_its_runs(workdir: Path) -> None:
    """Two runs of a project, and not the run that came before it had one."""
    run(workdir, "")
    (workdir / "heliport.yaml").write_text("project:\n  title: Our study\n")
    run(workdir, "", "--forceall")
    run(workdir, "", "--forceall")

    done = heliport(workdir, "export", "-f", "n-triples", "--project", "Our study")

    runs = [RecordedRun.read(workdir, position).run.iri for position in (0, 1, 2)]
    assert [f"<{iri}> <http://www.w3.org/ns/prov#startedAtTime>" in done.stdout for iri in runs] == [False, True, True]


def test_people_and_project_may_be_seen_though_the_rest_may_not(workdir: Path) -> None:
    """`visibility` stands beside what it is of."""
    (workdir / "heliport.yaml").write_text(
        "project: {title: Our study, visibility: public}\n"
        "people:\n  - {name: Josiah Carberry, visibility: public}\n  - {name: Jane Roe}\n"
    )
    run(workdir, "", visibility="private")

    done = heliport(workdir, "export", "-f", "turtle", "--visibility", "public")

    assert "Our study" in done.stdout
    assert "Carberry" in done.stdout
    assert "Roe" not in done.stdout


def test_a_store_that_a_run_names_is_the_one_that_commands_ask(workdir: Path) -> None:
    """Without `--store`, a command asks the store that the runs of this directory went to."""
    (workdir / "shared").mkdir()
    run(workdir, "turtle:run.ttl", "--logger-heliport-store", "shared/store.db")

    assert len(json.loads(heliport(workdir, "runs", "--json").stdout)) == 1
    assert (workdir / "run.ttl").exists()
    assert not Layout.of_workdir(workdir).store.exists()


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("postgresql://me:secret@host/db", "postgresql://me@host/db"),
        ("postgresql+psycopg:///db?password=secret&host=/tmp", "postgresql+psycopg:///db?host=/tmp"),
        ("postgresql:///db?host=/tmp", "postgresql:///db?host=/tmp"),
        ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
        ("a b/store.db", "a b/store.db"),
    ],
)
def test_where_the_store_is_is_noted_without_the_password(url: str, written: str) -> None:
    """Who logs in stays, as the store cannot be opened without."""
    assert without_password(url) == written
