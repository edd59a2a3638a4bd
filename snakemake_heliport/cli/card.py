"""`card`: a model card or dataset card, filled from the graph, and checked against it."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from snakemake_heliport.cli.common import StoreOption, err, opened, out, resolve
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.card import Card, CardKind, card_of, disagreements, merged, read
from snakemake_heliport.export.card.words import MISSING
from snakemake_heliport.export.output import written
from snakemake_heliport.identity import model_iri
from snakemake_heliport.model import DigitalObject, Kind, Visibility
from snakemake_heliport.store import Store

# In this order a name is looked for: what is registered is meant before what was logged.
KINDS = {
    CardKind.MODEL: ((Kind.MODEL_VERSION,), (Kind.MODEL,), (Kind.FILE, Kind.DIRECTORY)),
    CardKind.DATASET: ((Kind.FILE, Kind.DIRECTORY), (Kind.DATASET,)),
}
MAX_FOUND = 200
_LOGGED = re.compile(r"(?:models:/)?(m-[0-9a-f]{32})")
_REGISTERED = re.compile(r"(?:models:/)?(?P<name>[^@]+?)(?:@(?P<alias>[^@/]+)|/(?P<version>\d+))")


def card(
    kind: Annotated[CardKind, typer.Argument(help="What it is a card of.")],
    thing: Annotated[
        str, typer.Argument(help="A path, a name, `NAME@ALIAS`, an id, an IRI; or a card that was written before.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write; what a person wrote in it stays. Standard output if none."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say where the card and the graph disagree, and write nothing.")
    ] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Write anew also what a person changed or took out of our parts.")
    ] = False,
    visibility: Annotated[
        Visibility | None,
        typer.Option(
            "--visibility", help="Tell only what may be seen by these; public if not given.", show_default=False
        ),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Write a Hugging Face card of a model or dataset, or check one against the graph."""
    named = _as_card(thing)
    path = output if output is not None else named
    old = _text_of(path) if path is not None and path.is_file() else None
    about = {} if old is None else _about(old)
    if named is not None:
        known = _about(_text_of(named))
        thing, about = known["thing"], known | about
    audience = visibility or _audience(about.get("for"))
    with opened(store) as target:
        found = card_of(target, kind, _meant(target, kind, thing), audience)
    if check:
        _check(found, old, path)
        return
    if found.hidden:
        err.print(f"[yellow]note:[/] not {audience}, so left out: {escape(found.hidden)}")
    text = merged(found, old, restore=restore)
    if path is None:
        print(text, end="")
        return
    with written(path) as stream:
        stream.write(text.encode())
    todo = text.count(MISSING)
    err.print(f"Wrote {escape(str(path))}" + (f"; {todo} places wait for a person: {escape(MISSING)}" if todo else ""))


def _as_card(thing: str) -> Path | None:
    """Return the path of a card that was written before, None where something else is meant."""
    path = Path(thing)
    if path.suffix.lower() not in (".md", ".markdown") or not path.is_file():
        return None
    return path if _about(_text_of(path)).get("thing") else None


def _about(text: str) -> dict[str, str]:
    """Return what a card says of its thing and audience; nothing where `card` did not write it."""
    memory = read(text.replace("\r\n", "\n")).memory
    return {} if memory is None else memory.about


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HeliportError(f"{path}: not a text in UTF-8") from error


def _audience(said: str | None) -> Visibility:
    return Visibility(said) if said in tuple(Visibility) else Visibility.PUBLIC


def _check(found: Card, old: str | None, path: Path | None) -> None:
    if old is None:
        raise HeliportError(f"{path or '--check'}: there is no card to check; name one with --output")
    differences = disagreements(found, old)
    for difference in differences:
        out.print(f"[red]{difference.kind}[/] {escape(str(difference))}")
    if differences:
        raise typer.Exit(1)
    out.print(f"{escape(str(path))} says what the graph says.")


def _meant(store: Store, kind: CardKind, thing: str) -> DigitalObject:
    """Return the model or dataset that is meant; of several of one name the latest."""
    known = store.get(thing) or (_registered(store, thing) if kind is CardKind.MODEL else None)
    kinds = KINDS[kind]
    if known is not None and any(known.kind in some for some in kinds):
        return known
    for some in kinds:
        found = store.find(thing, some, MAX_FOUND)
        exact = [
            item for item in found if thing in (item.label, item.attributes.get("path"), item.attributes.get("name"))
        ]
        if exact and len({item.label for item in exact if item.kind is not Kind.MODEL_VERSION}) <= 1:
            return max(exact, key=_age)
    return resolve(store, thing, tuple(one for some in kinds for one in some))


def _age(item: DigitalObject) -> tuple[str, str]:
    said = item.attributes
    return str(said.get("created") or said.get("modified") or ""), item.iri


def _registered(store: Store, thing: str) -> DigitalObject | None:
    """Return the model of an address as MLflow writes them: `models:/m-…`, `models:/NAME@ALIAS`, `models:/NAME/2`."""
    logged = _LOGGED.fullmatch(thing)
    if logged is not None:
        return store.get(model_iri(logged[1]))
    named = _REGISTERED.fullmatch(thing)
    if named is None:
        return None
    versions = store.find(named["name"], (Kind.MODEL_VERSION,), MAX_FOUND)
    fitting = [version for version in versions if _is_named(version, named)]
    return max(fitting, key=_age, default=None)


def _is_named(version: DigitalObject, named: re.Match[str]) -> bool:
    said = version.attributes
    if said.get("name") != named["name"]:
        return False
    aliases = said.get("aliases")
    if named["alias"]:
        return isinstance(aliases, list) and named["alias"] in aliases
    return str(said.get("version")) == named["version"]
