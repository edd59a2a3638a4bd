"""Whether a store holds all journals as they are: asked before every command, so nothing heavy is loaded for it."""

from pathlib import Path

from snakemake_heliport.assembly import ASSEMBLY_VERSION
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Kind
from snakemake_heliport.records import State
from snakemake_heliport.store import Stamp, Store


def is_due(layout: Layout, store: Store) -> bool:
    """Return whether `fold` would do something, or tell of a journal that it cannot read."""
    known = {stamp.journal: stamp for stamp in store.stamps().values()}
    if not all(is_folded(known.get(path.name), path) for path in layout.journals.glob("*.jsonl")):
        return True
    return layout.imports.exists() and not _is_imported(layout, store)


def is_folded(stamp: Stamp | None, path: Path) -> bool:
    """Return whether a journal has nothing that a run with this stamp lacks."""
    if stamp is None or not is_whole(stamp, path):
        return False
    if stamp.state != State.RUNNING:
        return True
    # Made ready to read every record, which few commands do.
    from snakemake_heliport.journal import is_live

    return is_live(path)


def is_whole(stamp: Stamp, path: Path) -> bool:
    """Return whether this version of assembly has read a journal to its end."""
    return (stamp.size, stamp.version) == (path.stat().st_size, ASSEMBLY_VERSION)


def _is_imported(layout: Layout, store: Store) -> bool:
    from snakemake_heliport.identity import import_iri

    stamp = store.stamps(Kind.IMPORT).get(import_iri(layout.workdir_id()))
    return stamp is not None and is_whole(stamp, layout.imports)
