"""What an audience may see, as a store of its own: what is hidden cannot be asked for, by no question."""

from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import finalize

from snakemake_heliport.export.view import View
from snakemake_heliport.store import Store

# A store keeps who stated what; here it is the view.
STATED_BY = "urn:view"


def copied(view: View) -> Store:
    """Return a store that holds a view and nothing else; its file goes when nobody has the store any more."""
    folder = TemporaryDirectory(prefix="heliport-view-")
    store = Store.open(Path(folder.name) / "view.db")
    finalize(store, folder.cleanup)
    with store.replace_run(STATED_BY, started="", state="", journal="", journal_size=0, assembly_version=0) as writer:
        for thing, relations in view.statements():
            writer.add(thing)
            for relation in relations:
                writer.relate(relation)
    return store
