"""A single run as one file: its page, its figure, and the pages of what it was about, with everything inside."""

import io
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.disk import Disk
from snakemake_heliport.explorer.forms import described
from snakemake_heliport.explorer.landing import Landing, landing
from snakemake_heliport.explorer.rendering import STATIC, data, render
from snakemake_heliport.explorer.site import OneFile, key_of
from snakemake_heliport.explorer.source import FromView
from snakemake_heliport.export import Selection
from snakemake_heliport.export.figure import write_svg
from snakemake_heliport.export.output import written
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store

# What a run was about, in the order in which it is told; the rest stands in the tables of the run.
ABOUT = (
    Kind.MODEL_VERSION,
    Kind.MODEL,
    Kind.TRAINING_RUN,
    Kind.DATASET,
    Kind.RULE,
    Kind.FILE,
    Kind.DIRECTORY,
    Kind.JOB,
)
MAX_PARTS = 400
REST_OF_POLICY = "img-src data:; base-uri 'none'; form-action 'none'"


def write_onefile(
    store: Store, selection: Selection, target: Path, *, workdir: Path | None, tables: Path | None
) -> int:
    """Write the page of the one run of a selection, and return how many objects are told of in it.

    Raises:
        HeliportError: The selection is not of one run, or the run may not be seen.
        SecretFound: Something that is to be told looks like a secret.
        OSError: The file cannot be written.
    """
    view = View.of(store, selection)
    named = set(selection.runs or ())
    runs = [run for run in view.of_kind(Kind.RUN) if not named or run.iri in named]
    if len(runs) != 1:
        raise HeliportError(f"{target}: one file holds one run, and this has {len(runs)}; name one with --run")
    parts = list(_parts(view, runs[0]))
    site = OneFile(frozenset(thing.iri for thing in (runs[0], *parts)))
    context = Context(
        FromView(store, view, selection.audience), site, None if workdir is None else Disk(workdir), tables
    )
    pages = [landing(thing, context) for thing in (runs[0], *parts)]
    text = _rendered(store, selection, view, pages, site)
    target.parent.mkdir(parents=True, exist_ok=True)
    with written(target) as stream:
        stream.write(text.encode())
    return len(pages)


def _parts(view: View, run: DigitalObject) -> Iterator[DigitalObject]:
    found = (thing for kind in ABOUT for thing in view.of_kind(kind))
    for thing, _ in zip(found, range(MAX_PARTS), strict=False):
        if thing.iri != run.iri:
            yield thing


def _rendered(store: Store, selection: Selection, view: View, pages: list[Landing], site: OneFile) -> str:
    figure = io.BytesIO()
    write_svg(store, selection, figure)
    style = (STATIC / "heliport.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    graph = described(view.statements(), "json-ld")
    return render(
        "onefile.html",
        site,
        run=pages[0],
        pages=pages[1:],
        key=key_of,
        # Both are ours.
        style=Markup(style),
        style_policy=f"default-src 'none'; style-src 'sha256-{digest}'; {REST_OF_POLICY}",
        figure=f"data:image/svg+xml;base64,{b64encode(figure.getvalue()).decode()}",
        jsonld=data(graph),
    )
