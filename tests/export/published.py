"""Stores to publish from: a study that says everything of itself, and one that says nothing."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from export.learning import DATASET, HELD_OUT, MODEL, learning
from store.builders import RULE, RUN_A, STARTED, WORKFLOW, Things, file, replace, run_itself, whole_run

from snakemake_heliport.export import Selection
from snakemake_heliport.identity import commit_iri, minted
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

ADA, USER = "https://orcid.org/0000-0002-1825-0097", minted("user", "here", "somebody")
HOUSE, PROJECT, PLACE = "https://ror.org/01zy2cs03", minted("project", "17", "LET"), minted("data-source", "x", "y")
COMMIT = commit_iri("a" * 40)
RAW, MADE, LAST = file("data/raw.csv"), file("results/a.txt"), file("results/b.txt")
SECRET = "/home/ada/secret-place"

Writer = Callable[..., None]


def full_run() -> Things:
    """Return a run with all that `heliport.yaml` can say, and a training run in it."""
    told = {"name": "LET surrogate", "keywords": ["proton therapy", "LET"], "license": "CC-BY-4.0"}
    project = {**told, "funding": ["Example Foundation, grant 4711"], "url": "https://example.org/let"}
    attributes = {"path": "data/raw.csv", "modified": STARTED, "media_type": "text/csv", "annotated_kind": "dataset"}
    source = {"source": "sftp://archive.example.org/beam", "keywords": ["depth dose"], "license": "CC0-1.0"}
    told_run = {"run_id": RUN_A.removeprefix("urn:uuid:"), "started": STARTED, "ended": "2027-01-01T00:00:00.000Z"}
    told_run |= {"command": f"snakemake --directory {SECRET}/x -c2", "workdir": SECRET, "platform": "Linux-6-x86_64"}
    return [
        *learning(),
        DigitalObject(RUN_A, Kind.RUN, "a run", attributes=told_run),
        DigitalObject(WORKFLOW, Kind.WORKFLOW, "LET surrogate", attributes={"digest": "12" * 32}),
        DigitalObject(RULE, Kind.RULE, "copy", "Copies the beam.", {"line": 3}),
        DigitalObject(
            RAW, Kind.FILE, "Depth dose", "A curve.", {**attributes, **source}, identifiers=("doi:10.1234/x",)
        ),
        DigitalObject(
            ADA, Kind.PERSON, "Example, Ada", attributes={"name": "Example, Ada", "email": "ada@example.org"}
        ),
        DigitalObject(HOUSE, Kind.ORGANIZATION, "HZDR", attributes={"name": "HZDR"}),
        DigitalObject(USER, Kind.PERSON, "grace", attributes={"name": "grace"}),
        DigitalObject(PROJECT, Kind.PROJECT, "LET surrogate", "A fast model.", project),
        DigitalObject(
            COMMIT, Kind.COMMIT, "aaaa", None, {"version": "a" * 40, "repository": "https://example.org/r.git"}
        ),
        DigitalObject(PLACE, Kind.DATA_SOURCE, "Beam", attributes={"url": "sftp://archive.example.org/beam"}),
        Relation(ADA, Predicate.HAS_AFFILIATION, HOUSE),
        Relation(WORKFLOW, Predicate.WAS_ATTRIBUTED_TO, ADA),
        Relation(WORKFLOW, Predicate.WAS_DERIVED_FROM, COMMIT),
        Relation(RUN_A, Predicate.USED, COMMIT, {"role": "commit"}),
        Relation(RUN_A, Predicate.WAS_ASSOCIATED_WITH, USER),
        Relation(RUN_A, Predicate.IN_PROJECT, PROJECT),
        Relation(RUN_A, Predicate.HAS_SOURCE, PLACE),
    ]


def bare_run() -> Things:
    """Return a run of which nobody said anything."""
    return whole_run(RUN_A)


def seen_by(audience: Visibility, things: Things, *iris: str) -> Things:
    """Return things of which some may be seen by an audience."""
    return [
        DigitalObject(t.iri, t.kind, t.label, t.description, t.attributes, audience, t.identifiers)
        if isinstance(t, DigitalObject) and (t.iri in iris or not iris)
        else t
        for t in things
    ]


def written(writer: Writer, things: Things, selection: Selection, folder: Path, workdir: Path | None = None) -> bytes:
    """Return what a writer makes of a store with these things."""
    stream: BinaryIO = io.BytesIO()
    with Store.open(folder / "store.db") as store:
        replace(store, RUN_A, things)
        writer(store, selection, stream, workdir)
    stream.seek(0)
    return stream.read()


def of(*iris: str, audience: Visibility = Visibility.PRIVATE) -> Selection:
    """Return the selection of some things, or of a run."""
    return Selection(iris, audience) if iris == (RUN_A,) else Selection(None, audience, things=iris)


ROOTS = {
    "run": RUN_A,
    "workflow": WORKFLOW,
    "model": MODEL,
    "dataset": DATASET,
    "held-out": HELD_OUT,
    "raw": RAW,
    "made": MADE,
}
ODD: list[Any] = [
    "",
    " \n",
    "a\x00b\x1f",
    "\ud800",
    "<&>\"']]>",
    "é 漢字 🧪",
    "x" * 5000,
    "Family, Given",
    "{a}",
    "/a/b/c",
]
__all__ = ["ADA", "LAST", "ODD", "ROOTS", "bare_run", "full_run", "of", "run_itself", "seen_by", "written"]
