"""What an audience may see, as a store of its own: what is hidden cannot be asked for, by no question."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from weakref import finalize

from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Relation
from snakemake_heliport.store import Store

# A store keeps who stated what; what the view says beside the runs, it says itself.
THE_VIEW = "urn:view"
Told: TypeAlias = tuple[DigitalObject, Sequence[Relation]]


def copied(view: View, original: Store) -> Store:
    """Return a store that holds a view and nothing else; its file goes when nobody has the store any more.

    Args:
        original: What the view was read from: it knows which run states what.
    """
    folder = TemporaryDirectory(prefix="heliport-view-")
    store = Store.open(Path(folder.name) / "view.db")
    finalize(store, folder.cleanup)
    for run in original.stamps():
        if run in view.objects:
            _write(store, run, _stated(view, original, run))
    _write(store, THE_VIEW, view.statements())
    return store


def _stated(view: View, original: Store, run: str) -> Iterator[Told]:
    """Yield what a run states, as far as it is told."""
    for thing, relations in original.statements([run]):
        if thing.iri in view.objects:
            said = {(relation.predicate, relation.object) for relation in relations}
            told = [one for one in view.out(thing.iri) if (one.predicate, one.object) in said]
            yield view.objects[thing.iri], told


def _write(store: Store, run: str, statements: Iterable[Told]) -> None:
    with store.replace_run(run, started="", state="", journal="", journal_size=0, assembly_version=0) as writer:
        for thing, relations in statements:
            writer.add(thing)
            for relation in relations:
                writer.relate(relation)
