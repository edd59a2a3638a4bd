"""RO-Crates: what is told, what is not, which files come along, and that the same record is the same crate."""

import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from export.contexts.synthetic import DATA, ROOT, RUN, recorded

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.export import Selection
from snakemake_heliport.export.crate import CrateError, DataMode, missing_of, write_crate
from snakemake_heliport.identity import content_iri, job_iri, run_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store

COMPLETED, FAILED = "http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus"
Writer = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Records the synthetic run, and writes crates of it."""

    def writes(
        name: str = "crate",
        data: str = "none",
        version: str = "1.1",
        audience: Visibility = Visibility.PRIVATE,
        **recording: bool,
    ) -> Path:
        workdir = tmp_path / "work"
        if not workdir.exists():
            recorded(workdir, **recording)
        target = tmp_path / name
        with Store.open(workdir / ".heliport" / "store.db") as store:
            write_crate(
                store,
                Selection(None, audience=audience),
                target,
                data=DataMode(data),
                zipped=name.endswith(".zip"),
                version=version,
                workdir=workdir,
            )
        return target

    return writes


def entities(crate: Path) -> dict[str, dict[str, Any]]:
    document = json.loads((crate / "ro-crate-metadata.json").read_text("utf-8"))
    found = {entity["@id"]: entity for entity in document["@graph"]}
    assert len(found) == len(document["@graph"]), "each entity stands once"
    return found


def listed(value: Any) -> list[str]:
    return [item["@id"] for item in (value if isinstance(value, list) else [value] if value else [])]


def named(found: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entity for entity in found.values() if entity.get("alternateName") == name or entity["@id"] == name)


def test_every_reference_leads_to_an_entity_or_elsewhere(write: Writer) -> None:
    """Nothing in a crate points at what the crate does not describe, but for public addresses."""
    found = entities(write())

    for entity in found.values():
        for name, value in entity.items():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    assert item["@id"] in found or item["@id"].startswith("http"), (entity["@id"], name, item)
                    assert set(item) == {"@id"}
            assert not (isinstance(value, list) and len(value) == 1), (entity["@id"], name)


def test_a_failed_attempt_has_an_error_and_no_result(write: Writer) -> None:
    """The first attempt failed, the second made the files; a job without an end was interrupted."""
    found = entities(write())

    failed, finished, cut = (found[job_iri(run_iri(RUN), job, n)] for job, n in ((1, 1), (1, 2), (3, 1)))
    assert (failed["actionStatus"], failed["@type"]) == (FAILED, "ActivateAction")
    assert "out of memory" in failed["error"]
    assert "result" not in failed
    assert (finished["actionStatus"], finished["@type"]) == (COMPLETED, "CreateAction")
    assert "error" not in finished
    assert {found[iri]["alternateName"] for iri in listed(finished["result"])} == {"results/model.pkl", "work/part.tmp"}
    assert cut["actionStatus"] == FAILED
    assert "result" not in cut
    assert "end was not seen" in cut["description"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", finished["startTime"])


def test_only_rules_that_ran_are_tools(write: Writer) -> None:
    """A rule that never ran is no part of the workflow; those that did are in order, with slots and software."""
    found = entities(write())
    workflow = found["Snakefile"]
    tools = [found[iri] for iri in listed(workflow["hasPart"])]
    fit = tools[0]

    assert [tool["name"] for tool in tools] == ["fit", "report"]
    assert [found[iri]["position"] for iri in listed(workflow["step"])] == ["0", "1"]
    assert listed(fit["mainEntity"]) == ["scripts/fit.py"]
    names = {found[iri]["name"]: found[iri]["additionalType"] for iri in listed(fit["input"])}
    assert names == {"fit.input.raw": "File", "fit.params.rate": "Float", "fit.params.place": "Text"}
    environment = found[listed(fit["softwareRequirements"])[0]]
    package = found[listed(environment["softwareRequirements"])[0]]
    assert (package["name"], package["version"]) == ("scipy", "1.14.0")
    assert listed(workflow["buildInstructions"]) == ["envs/fit.yaml"]


def test_params_values_and_connections(write: Writer) -> None:
    """A param is a value of its formal parameter; what a rule made goes into the slot of the next."""
    found = entities(write())
    job = found[job_iri(run_iri(RUN), 1, 2)]
    values = {found[iri]["name"]: found[iri] for iri in listed(job["object"]) if "value" in found[iri]}

    assert values["rate"]["value"] == 0.5
    assert found[values["rate"]["exampleOfWork"]["@id"]]["name"] == "fit.params.rate"
    assert "tmpdir" not in values
    pairs = {
        (found[e["sourceParameter"]["@id"]]["name"], found[e["targetParameter"]["@id"]]["name"])
        for e in found.values()
        if e["@type"] == "ParameterConnection"
    }
    assert pairs == {
        ("fit.output.part", "report.input.part"),
        ("input raw of fit", "fit.input.raw"),
        ("rate", "fit.params.rate"),
        ("fit.output.model", "output model of fit"),
        ("report.output[0]", "output 0 of report"),
    }


def test_the_run_has_what_came_from_outside_and_what_was_left(write: Writer) -> None:
    """Inputs of the workflow are its data and configuration; results are what no other job used."""
    found = entities(write())
    run = found[run_iri(RUN)]

    assert {found[iri].get("alternateName") for iri in listed(run["result"])} == {"results/model.pkl", "README.md"}
    objects = [found[iri] for iri in listed(run["object"])]
    assert {entity.get("alternateName") for entity in objects} >= {"data/raw é.csv", "config.yaml"}
    assert [entity["value"] for entity in objects if entity["name"] == "rate"] == [0.5]
    image = found[listed(run["containerImage"])[0]]
    assert (image["registry"], image["name"], image["tag"]) == ("quay.io", "biocontainers/samtools", "1.19")
    usage = found[listed(found[job_iri(run_iri(RUN), 1, 2)]["resourceUsage"])[1]]
    assert usage["unitCode"].startswith("http://qudt.org/vocab/unit/")


def test_a_temporary_file_is_told_by_its_content(write: Writer) -> None:
    """A file that is gone has no path in the crate, and its digest is among its identifiers."""
    part = named(entities(write()), "work/part.tmp")

    assert part["@id"].startswith("#")
    assert content_iri(sha256(DATA["work/part.tmp"].encode()).hexdigest()) in part["identifier"]
    assert "Deleted" in part["description"]


@pytest.mark.parametrize("data", ["copy", "link"])
def test_data_comes_along_when_it_is_still_what_was_recorded(write: Writer, tmp_path: Path, data: str) -> None:
    """A file that has changed since stays outside, and the readme says so."""
    recorded(tmp_path / "work")
    (tmp_path / "work/results/model.pkl").write_text("other")
    crate = write(data=data)
    found = entities(crate)

    assert named(found, "results/model.pkl")["@id"] == "#results/model.pkl"
    assert not (crate / "results").exists()
    assert r"results/model.pkl: it has changed since" in (crate / "README.md").read_text("utf-8")
    raw = crate / "data/raw é.csv"
    assert found["data/raw%20é.csv"]["contentSize"] == "4"
    assert raw.read_text("utf-8") == "1\n2\n"
    assert raw.samefile(tmp_path / "work/data/raw é.csv") is (data == "link")
    # The readme of the crate is not the readme of the workflow.
    assert (crate / "files/README.md").read_text("utf-8") == DATA["README.md"]
    assert found["README.md"]["about"] == {"@id": "./"}


def test_without_data_only_the_code_comes_along(write: Writer) -> None:
    """By default no data and no configuration is in a crate."""
    crate = write()
    files = {str(path.relative_to(crate)) for path in crate.rglob("*") if path.is_file()}

    own = {"README.md", "ro-crate-metadata.json", "ro-crate-preview.html"}
    assert files == own | {"Snakefile", "scripts/fit.py", "envs/fit.yaml"}


def test_code_with_a_secret_stays_outside(write: Writer, tmp_path: Path) -> None:
    """A secret that somebody wrote into a script was never recorded, and does not leave with the file either."""
    _recorded_with(tmp_path / "work", "scripts/fit.py", "password = 'hunter2hunter2'\n")
    crate = write()

    assert not (crate / "scripts").exists()
    assert "secret" in (crate / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["crate", "crate.zip"])
def test_the_main_file_leaves_without_its_secret(write: Writer, tmp_path: Path, name: str) -> None:
    """The profile wants it in the crate; it says that it was changed, and its checksum is that of what is there."""
    layout = _recorded_with(tmp_path / "work", "Snakefile", "password = 'hunter2hunter2'\nrule a: ...\n")
    found = _bytes(write(name, data="copy"))
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            found = {entry: archive.read(entry) for entry in archive.namelist()}
    entity = next(e for e in json.loads(found["ro-crate-metadata.json"])["@graph"] if e["@id"] == "Snakefile")

    assert not [path for path, content in found.items() if b"hunter2" in content]
    assert found["Snakefile"] == b"password = [redacted]\nrule a: ...\n"
    assert entity["sha256"] == sha256(found["Snakefile"]).hexdigest()
    assert entity["contentSize"] == str(len(found["Snakefile"]))
    assert "replaced" in entity["description"]
    assert "ni:///" not in str(entity["identifier"])
    assert b"are replaced in what is here of:\n\n- `Snakefile`" in found["README.md"]
    with Store.open(layout.store) as store:
        assert [line for line in missing_of(store, Selection(None), tmp_path / "work") if "secret" in line]


def test_data_for_others_are_looked_through_for_secrets(write: Writer, tmp_path: Path) -> None:
    """What is one's own comes along as it is; what is for everybody stays behind with its secret."""
    text = "token=ghp_0123456789abcdefghijABCDEFGHIJ012345\n"
    _recorded_with(tmp_path / "work", "results/model.pkl", text, public=True)

    assert (write("mine", data="copy") / "results/model.pkl").read_text("utf-8") == text
    crate = write("ours", data="copy", audience=Visibility.PUBLIC)
    assert not (crate / "results").exists()
    assert "results/model.pkl: it holds what looks like a secret" in (crate / "README.md").read_text("utf-8")


def _recorded_with(workdir: Path, path: str, text: str, **recording: bool) -> Layout:
    """Record the run as if a file of it had another content."""
    layout = recorded(workdir, **recording)
    before, journal = (workdir / path).read_bytes(), layout.journal(RUN)
    (workdir / path).write_text(text, "utf-8")
    old, new = (sha256(content).hexdigest() for content in (before, text.encode()))
    journal.write_text(journal.read_text("utf-8").replace(old, new), "utf-8")
    layout.store.unlink()
    fold(layout, hash_missing=False)
    return layout


@pytest.mark.parametrize("name", ["crate", "crate.zip"])
def test_twice_written_is_the_same(write: Writer, tmp_path: Path, name: str) -> None:
    """Nothing of a crate depends on when it is written, nor on what was there before."""
    first = _bytes(write(name, data="copy"))
    os.utime(tmp_path / "work/data/raw é.csv", (1, 1))

    assert _bytes(write(name, data="copy")) == first


def _bytes(crate: Path) -> dict[str, bytes]:
    if crate.is_file():
        return {"": crate.read_bytes()}
    return {str(path.relative_to(crate)): path.read_bytes() for path in crate.rglob("*") if path.is_file()}


def test_a_zip_file_holds_what_a_folder_does(write: Writer, tmp_path: Path) -> None:
    """Both forms have the same files with the same bytes."""
    folder = _bytes(write("crate", data="copy"))

    with zipfile.ZipFile(write("crate.zip", data="copy")) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == folder


def test_nothing_that_is_no_crate_is_replaced(write: Writer, tmp_path: Path) -> None:
    """A folder with something else in it is left alone, and links do not go into zip files."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("x")
    with pytest.raises(CrateError, match="no crate"):
        write("mine")
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]
    with pytest.raises(CrateError, match="links"):
        write("crate.zip", data="link")
    with pytest.raises(CrateError, match=r"1\.9"):
        write(version="1.9")


def test_a_public_crate_tells_no_path_of_the_machine(write: Writer) -> None:
    """Commands, errors, params and code are told without where the machine keeps its files."""
    crate = write(audience=Visibility.PUBLIC, public=True)
    texts = [
        (crate / name).read_text("utf-8") for name in ("README.md", "ro-crate-metadata.json", "ro-crate-preview.html")
    ]
    found = entities(crate)

    assert run_iri(RUN) in found
    for text in texts:
        assert "/scratch" not in text
        assert ROOT not in text
        assert "secret place" not in text
    place = next(e for e in found.values() if e.get("name") == "place" and "value" in e)
    assert place["value"] == "…/place"


def test_code_for_the_public_tells_no_path_of_the_machine(write: Writer, tmp_path: Path) -> None:
    """One's own crate has the code as it is; for others, its paths keep their last part, and it says so."""
    text = f"#!/usr/bin/env python\nopen('/scratch/place/x.csv'), open('{ROOT}/data/y.csv')\n"
    _recorded_with(tmp_path / "work", "scripts/fit.py", text, public=True)

    assert (write("mine") / "scripts/fit.py").read_text("utf-8") == text
    crate = write("ours", audience=Visibility.PUBLIC)
    code = (crate / "scripts/fit.py").read_text("utf-8")
    assert code == "#!/usr/bin/env python\nopen('…/x.csv'), open('data/y.csv')\n"
    assert entities(crate)["scripts/fit.py"]["sha256"] == sha256(code.encode()).hexdigest()


def test_wildcards_and_labels_for_the_public_tell_no_path(write: Writer, tmp_path: Path) -> None:
    """A path of the machine may be the value of a wildcard, and so part of a job's name."""
    layout = recorded(tmp_path / "work", public=True)
    journal = layout.journal(RUN)
    told = journal.read_text("utf-8").replace('"rule":"report"', '"rule":"report","wildcards":{"where":"/scratch/w"}')
    journal.write_text(told, "utf-8")
    layout.store.unlink()
    fold(layout, hash_missing=False)

    mine = (write("mine") / "ro-crate-metadata.json").read_text("utf-8")
    crate = write("ours", audience=Visibility.PUBLIC)
    assert "report (where=/scratch/w)" in mine
    assert "report (where=…/w)" in (crate / "ro-crate-metadata.json").read_text("utf-8")
    assert not [path for path, content in _bytes(crate).items() if b"/scratch" in content]


def test_what_is_private_is_not_in_a_public_crate(write: Writer) -> None:
    """Of a private run nothing is left but the frame of a crate, which claims no profile of runs."""
    found = entities(write(audience=Visibility.PUBLIC))

    assert not [entity for entity in found.values() if "Action" in str(entity["@type"])]
    assert "conformsTo" not in found["./"]
    assert "mainEntity" not in found["./"]


def test_the_page_escapes_and_asks_nobody(write: Writer) -> None:
    """The preview is one file that makes no request; its links lead to files in the crate, people and the licence."""
    page = (write(data="copy") / "ro-crate-preview.html").read_text("utf-8")

    assert "Study &lt;of&gt; things" in page
    assert "default-src 'none'" in page
    assert not re.search(r"src=|<link|<script|@import|url\(", page)
    links = re.findall(r'href="([^"]*)"', page)
    assert {link for link in links if not link.startswith("./")} == {
        "https://orcid.org/0000-0002-1825-0097",
        "https://spdx.org/licenses/CC-BY-4.0",
    }
    assert "./data/raw%20é.csv" in links


def test_the_page_tells_what_the_run_did(write: Writer) -> None:
    """Runs with state and time, the steps with their jobs, and the results before all the rest."""
    page = (write() / "ro-crate-preview.html").read_text("utf-8")
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    results = page.partition("<h2>Results</h2>")[2].partition("</section>")[0]

    assert heads == ["Runs", "Steps", "Results", "In detail"]
    assert "Ada Example" in page
    assert "took 9.0 s" in page
    assert "1 failed, 1 finished, 1 interrupted" in page
    assert re.findall(r"<tr><td><code>(.*?)</code>", results) == ["README.md", "results/model.pkl"]


def test_the_page_is_safe_against_names(write: Writer, tmp_path: Path) -> None:
    """Names are data, in the readme and in the page."""
    bad = "<img src=x onerror=alert(1)>"
    layout = recorded(tmp_path / "work")
    journal = layout.journal(RUN)
    journal.write_text(journal.read_text("utf-8").replace("results/model.pkl", f"results/{bad}`.pkl"), "utf-8")
    (tmp_path / "work/results/model.pkl").rename(tmp_path / f"work/results/{bad}`.pkl")
    layout.store.unlink()
    fold(layout, hash_missing=False)
    crate = write(data="copy")

    page = (crate / "ro-crate-preview.html").read_text("utf-8")
    assert "<img" not in page
    assert 'href="./results/%3Cimg%20src=x%20onerror=alert(1)%3E%60.pkl"' in page
    assert f"`` results/{bad}`.pkl ``" in (crate / "README.md").read_text("utf-8")


def test_newer_versions_have_their_own_context(write: Writer) -> None:
    """1.2 defines what 1.1 must be told."""
    crate = write(version="1.2")
    said = json.loads((crate / "ro-crate-metadata.json").read_text("utf-8"))["@context"]

    assert said[0] == "https://w3id.org/ro/crate/1.2/context"
    assert "buildInstructions" not in said[2]
    descriptor = entities(crate)["ro-crate-metadata.json"]
    assert {"@id": "https://w3id.org/ro/crate/1.2"} in descriptor["conformsTo"]


def test_what_is_missing_is_said_in_words(tmp_path: Path) -> None:
    """Each sentence names the line of heliport.yaml that would fill the gap."""
    recorded(tmp_path / "bare", annotated=False)
    with Store.open(tmp_path / "bare/.heliport/store.db") as store:
        said = missing_of(store, Selection(None), tmp_path / "bare")
        shutil.rmtree(tmp_path / "bare/scripts")
        later = missing_of(store, Selection(None), tmp_path / "bare")

    assert [line for line in said if "license:" in line]
    assert [line for line in said if "people:" in line]
    assert [line for line in later if line not in said] == [
        "scripts/fit.py is described and not in the crate, as it is no longer there."
    ]
