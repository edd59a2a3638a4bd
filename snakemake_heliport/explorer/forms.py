"""An object in the forms that machines read: its own description, or the record of it with all that it came from."""

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from snakemake_heliport.explorer.properties import vocabulary
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.export.card import CardKind, card_of, rendered
from snakemake_heliport.export.compiler import Block
from snakemake_heliport.export.crate import DataMode, write_crate
from snakemake_heliport.export.emitter import Emitter
from snakemake_heliport.export.formats import DESCRIPTIONS
from snakemake_heliport.export.guard import guarded
from snakemake_heliport.export.jsonld import JsonLdSyntax, jsonld
from snakemake_heliport.export.ntriples import ntriples
from snakemake_heliport.export.rdfxml import RdfXmlSyntax, rdfxml
from snakemake_heliport.export.syntax import NTriplesSyntax, Syntax, TurtleSyntax
from snakemake_heliport.export.text import iri_of
from snakemake_heliport.export.turtle import turtle
from snakemake_heliport.lineage.near import Near, content_of
from snakemake_heliport.model import DigitalObject, Kind, Relation, Visibility
from snakemake_heliport.store import Store


@dataclass(frozen=True, slots=True)
class Form:
    """A form, as it is announced and named.

    Attributes:
        own: It describes the object itself, and not all that it came from.
    """

    title: str
    media_type: str
    suffix: str
    own: bool = False


FORMS = {
    "turtle": Form("Turtle", "text/turtle", ".ttl", own=True),
    "json-ld": Form("JSON-LD", "application/ld+json", ".jsonld", own=True),
    "n-triples": Form("N-Triples", "application/n-triples", ".nt", own=True),
    "rdf-xml": Form("RDF/XML", "application/rdf+xml", ".rdf", own=True),
    "prov-json": Form("PROV-JSON", "application/json", ".prov.json"),
    "datacite-json": Form("DataCite", "application/vnd.datacite.datacite+json", ".datacite.json"),
    "ro-crate": Form("RO-Crate", "application/zip", ".crate.zip"),
    "card": Form("Card", "text/markdown", ".md"),
}
# What a catalogue takes, and what a card is made of.
RECORDED = (Kind.RUN, Kind.WORKFLOW, Kind.DATASET, Kind.MODEL, Kind.MODEL_VERSION, Kind.FILE, Kind.DIRECTORY)
CARDS = {Kind.MODEL: CardKind.MODEL, Kind.MODEL_VERSION: CardKind.MODEL, Kind.DATASET: CardKind.DATASET}
TRACED = (*RECORDED, Kind.TRAINING_RUN, Kind.JOB)


def forms_of(item: DigitalObject) -> list[str]:
    """Return the names of the forms that an object has."""
    kinds = {"prov-json": TRACED, "datacite-json": RECORDED, "ro-crate": RECORDED, "card": tuple(CARDS)}
    return [name for name, form in FORMS.items() if form.own or item.kind in kinds[name]]


Statements = Iterable[tuple[DigitalObject, Sequence[Relation]]]
SYNTAXES: dict[str, Callable[[], Syntax]] = {
    "turtle": lambda: TurtleSyntax(vocabulary()),
    "n-triples": lambda: NTriplesSyntax(vocabulary()),
    "json-ld": JsonLdSyntax,
    "rdf-xml": lambda: RdfXmlSyntax(vocabulary()),
}


@cache
def _emitter(name: str) -> Emitter:
    """Return what writes in a form; the mapping is compiled once, and not for every page."""
    return Emitter(vocabulary(), SYNTAXES[name]())


def described(statements: Statements, name: str) -> str:
    """Return the description of some objects alone: the part that they have in the graph of everything.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    return "".join(_written(_blocks(statements, name), name))


def _blocks(statements: Statements, name: str) -> Iterator[Block]:
    emitter = _emitter(name)
    return (block for thing, relations in guarded(statements) for block in emitter.blocks(thing, relations))


def _written(blocks: Iterator[Block], name: str) -> Iterator[str]:
    match name:
        case "turtle":
            return turtle(blocks, vocabulary())
        case "n-triples":
            return ntriples(blocks)
        case "json-ld":
            return jsonld(blocks, vocabulary())
    return rdfxml(blocks, vocabulary())


def description(near: Near, name: str) -> str:
    """Return the description of one object.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    return described(_stated(near), name)


def outlined(near: Near) -> str:
    """Return the description of one object as JSON-LD, without what belongs to it, such as the metrics of a training.

    Raises:
        SecretFound: Something in it looks like a secret.
    """
    itself = JsonLdSyntax().subject(iri_of(near.item.iri))
    own = (block for block in _blocks(_stated(near), "json-ld") if block.subject == itself)
    return "".join(_written(own, "json-ld"))


def _stated(near: Near) -> Statements:
    relations = sorted(near.outgoing, key=lambda relation: (relation.predicate.value, relation.object))
    return [(near.item, relations)]


def traced(store: Store, item: DigitalObject, name: str, audience: Visibility, workdir: Path | None) -> bytes:
    """Return the record of an object with all that it came from; of a run, with all that it did.

    Raises:
        HeliportError: The form cannot tell of it, or something in it looks like a secret.
    """
    if name == "card":
        return rendered(card_of(store, CARDS[item.kind], item, audience)).encode()
    whole = item.kind is Kind.RUN
    selection = Selection(runs=[item.iri] if whole else None, things=None if whole else [item.iri], audience=audience)
    if name == "ro-crate":
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "crate.zip"
            write_crate(store, selection, place, data=DataMode.NONE, zipped=True, workdir=workdir)
            return place.read_bytes()
    stream = io.BytesIO()
    if name in DESCRIPTIONS:
        FORMATS[name].writer(store, selection, stream, workdir=workdir)
    else:
        FORMATS[name].write(store, selection, stream)
    return stream.getvalue()


def is_held(item: DigitalObject) -> bool:
    """Return whether the bytes of an object may lie in the working directory."""
    return item.kind in (Kind.FILE, Kind.LOG, Kind.CONFIG, Kind.SOURCE)


def digest_of(near: Near) -> str:
    """Return the recorded SHA-256 of a file, nothing where it is not known."""
    content = content_of(near)
    return "" if content is None else str(content.attributes.get("sha256", ""))
