"""How pages address each other: one renderer, and a site for each form that the pages come in.

Addresses are made of digests or of percent-encoded IRIs, never of names: names are data, and lead nowhere.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote

from snakemake_heliport.export.text import representable

DIGITS = 20
HOME, RUNS, SEARCH, STATUS = "index.html", "runs.html", "search.html", "status.html"


class Site(Protocol):
    """Where pages are, as seen from the page that is being written; an empty text where there is none."""

    @property
    def served(self) -> bool:
        """Whether there is a server that can be asked."""

    @property
    def latest(self) -> str:
        """The IRI of the latest run, whose graph is shown where none is nearer; an empty text where there is none."""

    def url(self, iri: str) -> str:
        """Return the address of the landing page of an object."""

    def asset(self, name: str) -> str:
        """Return the address of a stylesheet, script or picture of ours."""

    def graph(self, run_iri: str, thing: str = "") -> str:
        """Return the address of the graph of a run, with the path of a thing lit, if one is named by its IRI."""

    def compared(self, run_iri: str, other_iri: str) -> str:
        """Return the address of the graph of a run beside another one."""

    def parts(self, run_iri: str, other_iri: str) -> str:
        """Return what the parts of that graph are asked of; `other_iri` is empty where there is no other run."""

    def lineage(self, iri: str, *, upward: bool) -> str:
        """Return the address of all that an object came from (or that came of it)."""

    def impact(self, iri: str, *, every_version: bool = False) -> str:
        """Return the address of what depends on an object, or on anything that was recorded at its path."""

    def diff(self, before: str, after: str) -> str:
        """Return the address of how two runs differ, by their IRIs."""

    def comparing(self) -> str:
        """Return the address that any two runs can be compared at."""

    def status(self) -> str:
        """Return the address of what no longer matches its record."""

    def query(self) -> str:
        """Return the address that takes queries in SPARQL."""

    def file(self, iri: str) -> str:
        """Return the address of the recorded bytes of a file."""

    def form(self, iri: str, name: str) -> str:
        """Return the address of an object in a form for machines."""

    def home(self) -> str:
        """Return the address of the dashboard."""

    def runs(self) -> str:
        """Return the address of the list of runs."""

    def search(self) -> str:
        """Return the address of the search."""


def key_of(iri: str) -> str:
    """Return a short digest that stands for an IRI in the names of files."""
    return sha256(iri.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def quoted(iri: str) -> str:
    """Return an IRI as a value in an address."""
    return quote(representable(iri), safe="")


@dataclass(frozen=True, slots=True)
class Served:
    """Pages of the server: absolute paths, with the IRI as a parameter, so that no path has anything to traverse.

    Attributes:
        has_files: Whether files are compared with their record.
        takes_queries: Whether SPARQL is answered.
    """

    served: bool = True
    latest: str = ""
    has_files: bool = False
    takes_queries: bool = False

    def url(self, iri: str) -> str:
        return f"/object?iri={quoted(iri)}"

    def asset(self, name: str) -> str:
        return f"/static/{name}"

    def graph(self, run_iri: str, thing: str = "") -> str:
        return f"/graph?run={quoted(run_iri)}" + (f"#{quoted(thing)}" if thing else "")

    def compared(self, run_iri: str, other_iri: str) -> str:
        return f"{self.graph(run_iri)}&other={quoted(other_iri)}"

    def parts(self, run_iri: str, other_iri: str) -> str:
        return f"/graph/part?run={quoted(run_iri)}&other={quoted(other_iri)}"

    def lineage(self, iri: str, *, upward: bool) -> str:
        return f"/lineage?iri={quoted(iri)}&way={'up' if upward else 'down'}"

    def impact(self, iri: str, *, every_version: bool = False) -> str:
        return f"/impact?iri={quoted(iri)}" + ("&versions=all" if every_version else "")

    def diff(self, before: str, after: str) -> str:
        return f"{self.comparing()}?before={quoted(before)}&after={quoted(after)}"

    def comparing(self) -> str:
        return "/diff"

    def status(self) -> str:
        return "/status" if self.has_files else ""

    def query(self) -> str:
        return "/query" if self.takes_queries else ""

    def file(self, iri: str) -> str:
        return f"/file?iri={quoted(iri)}"

    def form(self, iri: str, name: str) -> str:
        return f"/form?name={name}&iri={quoted(iri)}"

    def home(self) -> str:
        return "/"

    def runs(self) -> str:
        return "/runs"

    def search(self) -> str:
        return "/search"


@dataclass(frozen=True, slots=True)
class Folder:
    """Pages of a folder: relative paths.

    Attributes:
        known: The IRIs that have a page.
        runs_drawn: The IRIs of the runs whose graph has one.
        files: The addresses of files, by IRI, as seen from the root of the folder.
        forms: The addresses of forms by IRI and name, as seen from there.
        traces: The addresses of answers about things, by IRI and `up`, `down` or `impact`.
        diffs: The addresses of how two runs differ, by their IRIs.
        has_files: Whether there is a page that compares files with their record.
        up: What leads from the page to that root: nothing, or `../`.
    """

    known: frozenset[str]
    runs_drawn: frozenset[str]
    files: dict[str, str]
    forms: dict[tuple[str, str], str]
    traces: dict[tuple[str, str], str]
    diffs: dict[tuple[str, str], str]
    has_files: bool = False
    latest: str = ""
    up: str = ""
    served: bool = False

    def url(self, iri: str) -> str:
        return f"{self.up}objects/{key_of(iri)}.html" if iri in self.known else ""

    def asset(self, name: str) -> str:
        return f"{self.up}static/{name}"

    def graph(self, run_iri: str, thing: str = "") -> str:
        place = f"{self.up}graphs/{key_of(run_iri)}.html" if run_iri in self.runs_drawn else ""
        return f"{place}#{key_of(thing)}" if place and thing else place

    def compared(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (pairs have no page)
        return ""

    def parts(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (nobody is there to be asked)
        return ""

    def lineage(self, iri: str, *, upward: bool) -> str:
        return self._below(self.traces.get((iri, "up" if upward else "down"), ""))

    def impact(self, iri: str, *, every_version: bool = False) -> str:
        return "" if every_version else self._below(self.traces.get((iri, "impact"), ""))

    def diff(self, before: str, after: str) -> str:
        return self._below(self.diffs.get((before, after), ""))

    def comparing(self) -> str:
        return ""

    def status(self) -> str:
        return self.up + STATUS if self.has_files else ""

    def query(self) -> str:
        return ""

    def file(self, iri: str) -> str:
        return self._below(self.files.get(iri, ""))

    def form(self, iri: str, name: str) -> str:
        return self._below(self.forms.get((iri, name), ""))

    def home(self) -> str:
        return self.up + HOME

    def runs(self) -> str:
        return self.up + RUNS

    def search(self) -> str:
        return self.up + SEARCH

    def _below(self, address: str) -> str:
        return self.up + address if address else ""


@dataclass(frozen=True, slots=True)
class OneFile:
    """Everything in one page: addresses are places in it."""

    known: frozenset[str]
    served: bool = False
    latest: str = ""

    def url(self, iri: str) -> str:
        return f"#o{key_of(iri)}" if iri in self.known else ""

    def asset(self, name: str) -> str:  # noqa: ARG002 (styles are inside)
        return ""

    def graph(self, run_iri: str, thing: str = "") -> str:  # noqa: ARG002 (it is a picture)
        return "#graph" if run_iri in self.known else ""

    def compared(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (pairs have no page)
        return ""

    def parts(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (nobody is there to be asked)
        return ""

    def lineage(self, iri: str, *, upward: bool) -> str:  # noqa: ARG002 (one run is told, not all of them)
        return ""

    def impact(self, iri: str, *, every_version: bool = False) -> str:  # noqa: ARG002 (one run is told)
        return ""

    def diff(self, before: str, after: str) -> str:  # noqa: ARG002 (one run is told)
        return ""

    def comparing(self) -> str:
        return ""

    def status(self) -> str:
        return ""

    def query(self) -> str:
        return ""

    def file(self, iri: str) -> str:  # noqa: ARG002 (files stay where they are)
        return ""

    def form(self, iri: str, name: str) -> str:  # noqa: ARG002 (the graph is inside)
        return ""

    def home(self) -> str:
        return "#top"

    def runs(self) -> str:
        return ""

    def search(self) -> str:
        return ""
