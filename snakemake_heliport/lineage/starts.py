"""From what a person asks about to where data flows: a path to its recorded states, a rule to its jobs."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import FLOW_KINDS, Store

# What stands for jobs or files: read against its direction, each leads from a thing to what it stands for.
STANDS_FOR = (
    Predicate.SPECIALIZATION_OF,
    Predicate.CORRESPONDS_TO_STEP,
    Predicate.IS_STEP_OF_PLAN,
    Predicate.WAS_PART_OF,
    Predicate.USED,
    Predicate.HAS_SOURCE,
    Predicate.HAD_MEMBER,
    Predicate.IN_EXPERIMENT,
    Predicate.IN_PROJECT,
)
# What a workflow is written in; nothing made it, and it has no time of its own.
CODE_KINDS = (Kind.SOURCE, Kind.CONFIG)
WITH_DIGEST = "@"
SHORTEST_DIGEST = 4


class Linked(Protocol):
    """What relations are read from: a store, or what an audience may see of one."""

    def objects(self, iris: Iterable[str]) -> dict[str, DigitalObject]:
        """Return the objects of these IRIs that are described, by IRI."""

    def relations_at(self, iris: Iterable[str], *predicates: Predicate, outgoing: bool) -> list[Relation]:
        """Return the relations of these predicates that start (or end) at any of these objects."""


@dataclass(frozen=True, slots=True)
class Versions:
    """What was recorded at a path.

    Attributes:
        path: As it was recorded.
        meant: The states that are meant, the latest last: all of them, or those with the digest that was named.
        contents: How many different contents the path had, over all of its states.
        twins: Files elsewhere that have the bytes of those that are meant.
    """

    path: str
    meant: tuple[DigitalObject, ...]
    contents: int
    twins: tuple[DigitalObject, ...]


def versions(store: Store, name: str, *, runs: Collection[str] | None = None) -> Versions | None:
    """Return what was recorded at a path, or under `PATH@DIGEST`; None where nothing was.

    Args:
        name: A path, followed by `@` and the start of a SHA-256 (four digits or more) where one version is meant.
        runs: The runs of the directory that the path is meant in: in a store of many, the same path is another file
            elsewhere. None for any directory.
    """
    states = _recorded(store, name, runs)
    path, mark, digest = name.rpartition(WITH_DIGEST)
    wanted = ""
    if not states and mark and len(digest) >= SHORTEST_DIGEST:
        states, wanted = _recorded(store, path, runs), digest.lower().removeprefix("sha256:")
    else:
        path = name
    if not states:
        return None
    digests = sha256_of(store, [state.iri for state in states])
    meant = tuple(state for state in states if digests.get(state.iri, "").startswith(wanted))
    if not meant:
        return None
    known = {digests.get(state.iri, state.iri) for state in states}
    return Versions(path, meant, len(known), tuple(twins(store, meant)))


def _recorded(store: Store, path: str, runs: Collection[str] | None) -> list[DigitalObject]:
    states = store.file_versions(path)
    if runs is None or not states:
        return states
    stated = store.runs_that_state([state.iri for state in states])
    return [state for state in states if not stated.get(state.iri, {}).keys().isdisjoint(runs)]


def states_of(store: Store, file: DigitalObject) -> list[DigitalObject]:
    """Return what was recorded at the path of a file in its directory, the latest last, itself among it."""
    path = file.attributes.get("path")
    states = store.file_versions(path) if isinstance(path, str) else []
    if is_whole(str(path)) or len(states) < 2:
        return states
    places = directories_of(store, [file.iri, *(state.iri for state in states)])
    own = places.get(file.iri, set())
    return [state for state in states if state.iri == file.iri or not own.isdisjoint(places.get(state.iri, set()))]


def directories_of(store: Store, iris: Iterable[str]) -> dict[str, set[str]]:
    """Return the working directories of the runs that speak of some things, by the IRIs of the things."""
    stated = store.runs_that_state(iris)
    runs = store.objects(dict.fromkeys(run for by in stated.values() for run in by))
    return {iri: {str(runs[run].attributes.get("workdir")) for run in by if run in runs} for iri, by in stated.items()}


def is_whole(path: str) -> bool:
    """Return whether a path means the same file wherever a workflow runs."""
    return path.startswith("/") or "://" in path


def contents_of(graph: Linked, iris: Iterable[str]) -> dict[str, DigitalObject]:
    """Return the bytes of those files and datasets of which they are known, by IRI."""
    contents = {
        relation.subject: relation.object
        for relation in graph.relations_at(iris, Predicate.SPECIALIZATION_OF, outgoing=True)
    }
    found = graph.objects(contents.values())
    return {iri: found[content] for iri, content in contents.items() if content in found}


def sha256_of(graph: Linked, iris: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of those files and datasets whose content is known, by IRI."""
    contents = contents_of(graph, iris).items()
    return {iri: str(content.attributes["sha256"]) for iri, content in contents if "sha256" in content.attributes}


def twins(store: Store, files: Iterable[DigitalObject]) -> list[DigitalObject]:
    """Return the files at other paths that have the bytes of some files; bytes that are none tell nothing."""
    known = {file.iri: file for file in files}
    telling = {one.iri for one in contents_of(store, known).values() if one.attributes.get("size") != 0}
    others = store.relations_at(telling, Predicate.SPECIALIZATION_OF, outgoing=False)
    paths = {file.attributes.get("path") for file in known.values()}
    found = store.objects(relation.subject for relation in others)
    return [
        thing
        for thing in sorted(found.values(), key=lambda thing: (str(thing.attributes.get("path")), thing.iri))
        if thing.kind is Kind.FILE and thing.attributes.get("path") not in paths
    ]


def flowing(store: Store, things: Collection[DigitalObject], *, upward: bool) -> tuple[str, ...]:
    """Return the IRIs that a trace of these things starts at.

    A file is itself. A script, a rule or a package stands for the jobs that it had a hand in, a run or a configuration
    file for all jobs of the run, a content for every file that has it. What came of a directory came of what is in it.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()
    open_ = list(things)
    while open_:
        found.update((thing.iri, None) for thing in open_ if thing.kind in FLOW_KINDS)
        seen.update(thing.iri for thing in open_)
        standing = [thing.iri for thing in open_ if thing.kind not in FLOW_KINDS]
        near = store.relations_at(standing, *STANDS_FOR, outgoing=False) if standing else []
        open_ = [
            thing for iri, thing in store.objects(relation.subject for relation in near).items() if iri not in seen
        ]
    if not upward:
        inside = store.relations_at(found, Predicate.HAD_MEMBER, outgoing=True)
        found.update((relation.object, None) for relation in inside)
    return tuple(_of_their_runs(store, things, found))


def _of_their_runs(store: Store, things: Collection[DigitalObject], found: Iterable[str]) -> Iterable[str]:
    """Return what was found without jobs of other directories that have the same workflow: their files are others."""
    code = [thing.iri for thing in things if thing.kind in CODE_KINDS]
    if not code:
        return found
    runs = {run for by in store.runs_that_state(code).values() for run in by}
    return (iri for iri in found if "#" not in iri or iri.partition("#")[0] in runs)
