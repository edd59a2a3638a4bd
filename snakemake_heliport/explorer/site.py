"""How pages address each other: one renderer, and a site for each form that the pages come in.

Addresses are made of digests or of percent-encoded IRIs, never of names: names are data, and lead nowhere.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote

from snakemake_heliport.export.text import representable

DIGITS = 20
# Forms that RDF libraries and browsers ask for, by the word in the address.
HOME, RUNS, SEARCH = "index.html", "runs.html", "search.html"


class Site(Protocol):
    """Where pages are, as seen from the page that is being written; an empty text where there is none."""

    @property
    def served(self) -> bool:
        """Whether there is a server that can be asked."""

    def url(self, iri: str) -> str:
        """Return the address of the landing page of an object."""

    def asset(self, name: str) -> str:
        """Return the address of a stylesheet, script or picture of ours."""

    def graph(self, run_iri: str) -> str:
        """Return the address of the graph of a run."""

    def compared(self, run_iri: str, other_iri: str) -> str:
        """Return the address of the graph of a run beside another one."""

    def parts(self, run_iri: str, other_iri: str) -> str:
        """Return what the parts of that graph are asked of; `other_iri` is empty where there is no other run."""

    def impact(self, iri: str) -> str:
        """Return the address of what depends on an object, however far away."""

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
    """Pages of the server: absolute paths, with the IRI as a parameter, so that no path has anything to traverse."""

    served: bool = True

    def url(self, iri: str) -> str:
        return f"/object?iri={quoted(iri)}"

    def asset(self, name: str) -> str:
        return f"/static/{name}"

    def graph(self, run_iri: str) -> str:
        return f"/graph?run={quoted(run_iri)}"

    def compared(self, run_iri: str, other_iri: str) -> str:
        return f"{self.graph(run_iri)}&other={quoted(other_iri)}"

    def parts(self, run_iri: str, other_iri: str) -> str:
        return f"/graph/part?run={quoted(run_iri)}&other={quoted(other_iri)}"

    def impact(self, iri: str) -> str:
        return f"/impact?iri={quoted(iri)}"

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
        up: What leads from the page to that root: nothing, or `../`.
    """

    known: frozenset[str]
    runs_drawn: frozenset[str]
    files: dict[str, str]
    forms: dict[tuple[str, str], str]
    up: str = ""
    served: bool = False

    def url(self, iri: str) -> str:
        return f"{self.up}objects/{key_of(iri)}.html" if iri in self.known else ""

    def asset(self, name: str) -> str:
        return f"{self.up}static/{name}"

    def graph(self, run_iri: str) -> str:
        return f"{self.up}graphs/{key_of(run_iri)}.html" if run_iri in self.runs_drawn else ""

    def compared(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (pairs have no page)
        return ""

    def parts(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (nobody is there to be asked)
        return ""

    def impact(self, iri: str) -> str:  # noqa: ARG002 (the whole store is asked, not the folder)
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

    def url(self, iri: str) -> str:
        return f"#o{key_of(iri)}" if iri in self.known else ""

    def asset(self, name: str) -> str:  # noqa: ARG002 (styles are inside)
        return ""

    def graph(self, run_iri: str) -> str:
        return "#graph" if run_iri in self.known else ""

    def compared(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (pairs have no page)
        return ""

    def parts(self, run_iri: str, other_iri: str) -> str:  # noqa: ARG002 (nobody is there to be asked)
        return ""

    def impact(self, iri: str) -> str:  # noqa: ARG002 (the whole store is asked, not the file)
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
