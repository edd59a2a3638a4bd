"""The pages as a folder that opens from disk, goes into a repository, and asks nobody for anything."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.explorer.answered import answered
from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.dashboard import dashboard, runs_page
from snakemake_heliport.explorer.disk import FOR_A_PAGE, Disk
from snakemake_heliport.explorer.forms import FORMS, description, digest_of, forms_of, is_held, traced
from snakemake_heliport.explorer.graph import graph_page
from snakemake_heliport.explorer.landing import object_page
from snakemake_heliport.explorer.previews import PICTURES
from snakemake_heliport.explorer.questions.status import Standing, status_page
from snakemake_heliport.explorer.rendering import STATIC
from snakemake_heliport.explorer.search import index_page
from snakemake_heliport.explorer.site import HOME, RUNS, SEARCH, STATUS, Folder, key_of
from snakemake_heliport.explorer.source import FromView
from snakemake_heliport.export import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind, Visibility
from snakemake_heliport.store import Store

MARK = ".heliport-pages"
SCRIPTS_OF_SERVER = ("live.js",)
# A picture is copied into the folder, so that pages can be taken elsewhere; no more than this of each.
LARGEST_PICTURE = 5_000_000
# Of more objects than this, forms of their own are written for those that are published only, and of no more of
# them than this: each is a record of all that a thing came from.
MAX_FORMS, MAX_TRACES = 2_000, 60
PUBLISHED = {
    Kind.RUN: ("prov-json", "datacite-json"),
    Kind.MODEL: ("datacite-json", "card"),
    Kind.MODEL_VERSION: ("datacite-json", "card"),
    Kind.DATASET: ("datacite-json", "card"),
}
Forms = dict[tuple[str, str], str]


def write_folder(
    store: Store,
    selection: Selection,
    target: Path,
    *,
    workdir: Path | None,
    tables: Path | None,
    standing: Standing | None = None,
) -> int:
    """Write the pages of a selection, once all of them could be made, and return how many there are.

    Args:
        target: The folder; it must be empty, written by this before, or not be there yet.
        workdir: Where the recorded files lie; None where none may be shown.
        tables: The histories of metrics; None where there are none.
        standing: How the files of the working directory stand against their record, for those who may know.

    Raises:
        HeliportError: The folder holds something else, or nothing of the selection may be seen.
        SecretFound: Something that is to be told looks like a secret.
        OSError: The folder cannot be written.
    """
    _refuse(target)
    view = View.of(store, selection)
    if not view.objects:
        raise HeliportError(f"nothing of this is {selection.audience}; ask for more with --visibility private")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        draft.chmod(0o755)
        count = _Writer(store, selection, view, draft, target, workdir, tables, standing).write()
        _replace(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _refuse(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise HeliportError(f"{target}: is a file; name a folder, or a file that ends in .html for the page of one run")
    if any(target.iterdir()) and not (target / MARK).exists():
        raise HeliportError(f"{target}: holds something else; name an empty folder, or one that this wrote before")


def _replace(draft: Path, target: Path) -> None:
    """Put what was written in the place of what this wrote before; what a person added to the folder stays."""
    target.mkdir(exist_ok=True)
    for made in sorted(draft.iterdir()):
        former = target / made.name
        if former.is_dir() and not former.is_symlink():
            shutil.rmtree(former)
        made.replace(former)


class _Writer:
    def __init__(
        self,
        store: Store,
        selection: Selection,
        view: View,
        draft: Path,
        target: Path,
        workdir: Path | None,
        tables: Path | None,
        standing: Standing | None,
    ) -> None:
        self._standing = standing
        self._store, self._selection, self._view = store, selection, view
        self._draft, self._target = draft, target
        self._disk = None if workdir is None else Disk(workdir)
        self._tables = tables
        self._source = FromView(store, view, selection.audience)

    def write(self) -> int:
        things = list(self._view.objects.values())
        for name in ("objects", "graphs", "forms", "pictures", "static", "answers", "diffs"):
            (self._draft / name).mkdir()
        runs = [thing for thing in things if thing.kind is Kind.RUN]
        answers, latest = answered(self._source), self._source.run_iris()[-1:]
        site = Folder(
            known=frozenset(self._view.objects),
            runs_drawn=frozenset(run.iri for run in runs),
            files=dict(self._files(things)),
            forms=self._forms(things),
            traces=answers.traces,
            diffs=answers.diffs,
            has_files=self._standing is not None,
            latest="".join(latest),
        )
        root = Context(self._source, site, self._disk, self._tables)
        below = replace(root, site=replace(site, up="../"))
        self._page(HOME, dashboard(root, self._standing))
        if self._standing is not None:
            self._page(STATUS, status_page(self._standing, root))
        self._page(RUNS, runs_page(root))
        self._page(SEARCH, index_page(things, site))
        for thing in things:
            self._page(f"objects/{key_of(thing.iri)}.html", object_page(thing, below))
        for run in runs:
            page = graph_page(self._store, run.iri, below.site, audience=self._selection.audience)
            self._page(f"graphs/{key_of(run.iri)}.html", page)
        for place, page in answers.pages(below):
            self._page(place, page)
        self._assets()
        return len(list(self._draft.rglob("*.html")))

    def _page(self, place: str, content: str) -> None:
        (self._draft / place).write_text(content, encoding="utf-8")

    def _assets(self) -> None:
        for path in sorted(STATIC.iterdir()):
            if path.is_file() and path.name not in SCRIPTS_OF_SERVER:
                shutil.copyfile(path, self._draft / "static" / path.name)
        (self._draft / MARK).write_text("Pages of snakemake-heliport: they may be written anew.\n", encoding="utf-8")

    def _files(self, things: Iterable[DigitalObject]) -> Iterator[tuple[str, str]]:
        """Yield where the bytes of files are, as seen from the folder: pictures in it, others beside it."""
        if self._disk is None:
            return
        root, inside = self._disk.workdir.resolve(), self._target.resolve()
        for thing in things:
            digest = digest_of(Near.of(self._source, thing)) if is_held(thing) else ""
            if not digest:
                continue
            if thing.attributes.get("media_type") in PICTURES and (copy := self._picture(thing, digest)):
                yield thing.iri, copy
            elif inside.is_relative_to(root) and self._disk.stands(thing, digest, FOR_A_PAGE):
                place = self._disk.place(thing)
                if place is not None:
                    yield thing.iri, quote(os.path.relpath(place, inside))

    def _picture(self, thing: DigitalObject, digest: str) -> str:
        if self._disk is None:
            return ""
        with self._disk.opened(thing, digest, LARGEST_PICTURE) as file:
            if file is None:
                return ""
            kind = str(thing.attributes["media_type"]).partition("/")[2].partition("+")[0]
            place = f"pictures/{key_of(thing.iri)}.{kind}"
            (self._draft / place).write_bytes(file.read())
            return place

    def _forms(self, things: list[DigitalObject]) -> Forms:
        """Write the forms for machines, and return where they are."""
        found: Forms = {}
        few, traces = len(things) <= MAX_FORMS, 0
        for thing in things:
            published = thing.kind in PUBLISHED and traces < MAX_TRACES
            traces += published
            for name in forms_of(thing) if few or published else ():
                if FORMS[name].own or (published and name in PUBLISHED[thing.kind]):
                    place = f"forms/{key_of(thing.iri)}{FORMS[name].suffix}"
                    (self._draft / place).write_bytes(self._form(thing, name))
                    found[thing.iri, name] = place
        return found

    def _form(self, thing: DigitalObject, name: str) -> bytes:
        if FORMS[name].own:
            return description(Near.of(self._source, thing), name).encode()
        workdir = None if self._disk is None else self._disk.workdir
        return traced(self._store, thing, name, Visibility(self._selection.audience), workdir)
