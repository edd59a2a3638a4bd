"""What a person means by a name: one object, or all that was recorded at a path, and what else it might have been."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from snakemake_heliport.errors import NotFound
from snakemake_heliport.lineage.starts import Versions, sha256_of, versions
from snakemake_heliport.model import DigitalObject, JsonValue, Kind
from snakemake_heliport.store import Store
from snakemake_heliport.wording import counted, short, when

LATEST = "latest"
PLACES = (Kind.FILE, Kind.DIRECTORY, Kind.LOG, Kind.SOURCE, Kind.CONFIG)
MAX_NAMED = 4
# How many of the things that use a rule tell when it was last used.
SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What is meant, as it is called, and sentences on what else might have been."""

    name: str
    things: tuple[DigitalObject, ...]
    notes: tuple[str, ...] = ()


def asked(
    store: Store, text: str, *, latest: bool, paths: Iterable[str] = (), runs: Collection[str] | None = None
) -> Asked:
    """Return what a question is about.

    Args:
        text: A path (all that was recorded there), `PATH@DIGEST`, a run, a name or an IRI.
        latest: Of several versions of a path, only the latest is meant.
        paths: How else the path may have been recorded, the likeliest first.
        runs: The runs of the directory in which a path, or `latest`, is meant; None for any directory.

    Raises:
        NotFound: Nothing is meant, or several things are.
    """
    for path in (text, *paths):
        known = versions(store, path, runs=runs)
        if known is not None:
            return _of_path(store, path, known, latest=latest)
    item = resolve(store, text, runs=runs)
    titled = item.attributes.get("path")
    if item.kind in PLACES and isinstance(titled, str) and text == item.label:
        # It was named by its title, which all of its versions share.
        known = versions(store, titled, runs=runs)
        if known is not None:
            return _of_path(store, titled, known, latest=latest)
    return Asked(item.label, (item,))


def resolve(
    store: Store, text: str, kinds: tuple[Kind, ...] = (), *, runs: Collection[str] | None = None
) -> DigitalObject:
    """Return the one object that is meant by a path, a run (`latest`, `-1`, the start of its id), a name or an IRI.

    Args:
        runs: The runs of the directory in which `latest` is meant; None for any directory.

    Raises:
        NotFound: None is, or several are.
    """
    run = _run_by_position(store, text, runs)
    if run is not None:
        return run
    found = store.find(text, kinds or None)
    best = [item for item in found if text in _names(item)] or found
    if len(best) > 1 and len({(item.kind, item.attributes.get("path", item.label)) for item in best}) == 1:
        # One name, recorded several times: the latest version is meant.
        return max(best, key=lambda item: _last_seen(store, item))
    if len(best) != 1:
        raise NotFound(text, [describe(item) for item in best])
    return best[0]


def describe(item: DigitalObject) -> str:
    """Return how an object is told from others: kind, label, and the start of its id."""
    return f"{item.kind.lower()} {item.label} ({short(item.iri)})"


def _run_by_position(store: Store, text: str, among: Collection[str] | None) -> DigitalObject | None:
    if text != LATEST and not (text.startswith("-") and text[1:].isdigit()):
        return None
    position = 1 if text == LATEST else int(text[1:])
    runs = [iri for iri in store.stamps() if among is None or iri in among]
    found = store.get(runs[-position]) if 0 < position <= len(runs) else None
    if found is None:
        raise NotFound(text, [])
    return found


def _last_seen(store: Store, item: DigitalObject) -> str:
    own = item.attributes.get("started") or item.attributes.get("modified")
    if own is not None:
        return str(own)
    _, incoming = store.relations_of(item.iri)
    users = store.objects(relation.subject for relation in incoming[-SAMPLE:])
    return max((str(user.attributes.get("started", "")) for user in users.values()), default="")


def _names(item: DigitalObject) -> tuple[JsonValue, ...]:
    return item.iri, item.label, item.attributes.get("path"), item.attributes.get("name")


def _of_path(store: Store, path: str, known: Versions, *, latest: bool) -> Asked:
    meant = known.meant[-1:] if latest else known.meant
    return Asked(path, meant, tuple(_notes(store, known, meant)))


def _notes(store: Store, known: Versions, meant: tuple[DigitalObject, ...]) -> Iterator[str]:
    digests = sha256_of(store, [state.iri for state in known.meant])
    if known.contents > 1:
        choice = "the latest is meant" if len(meant) < len(known.meant) else "all are meant"
        if len({digests.get(state.iri, state.iri) for state in known.meant}) == 1:
            choice = "the one with these bytes is meant"
        named = {
            digest[:12]: f"{known.path}@{digest[:12]} of {when(state.attributes.get('modified'))}"
            for state in known.meant
            if (digest := digests.get(state.iri))
        }
        listed = ", ".join([*named.values()][-MAX_NAMED:]) or "nobody could read what they held"
        yield f"{counted(known.contents, 'version')} of this path are recorded, {choice}: {listed}."
    elif len(known.meant) > len(meant) or len(known.meant) > 1:
        yield f"It was met {counted(len(known.meant), 'time')} at this path, always with the same bytes."
    if known.twins:
        paths = [*dict.fromkeys(str(twin.attributes.get("path")) for twin in known.twins)]
        more = f" and {counted(len(paths) - MAX_NAMED, 'other')}" if len(paths) > MAX_NAMED else ""
        digest = digests.get(known.meant[-1].iri, "")[:12]
        yield (
            f"The same bytes are at {', '.join(paths[:MAX_NAMED])}{more}: not part of the answer, "
            f"sha256:{digest} asks for all of them."
        )
