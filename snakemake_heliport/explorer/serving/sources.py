"""What is served from: the store itself for its owner, a view of it for everybody else."""

from pathlib import Path

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.disk import Disk
from snakemake_heliport.explorer.site import Served
from snakemake_heliport.explorer.source import FromStore, FromView, Source
from snakemake_heliport.export import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import Visibility
from snakemake_heliport.store import Store


def context_of(
    store: Store, audience: Visibility, workdir: Path | None, tables: Path | None, place: str = ""
) -> Context:
    """Return what pages are made from.

    Args:
        place: The path or URL of the store; empty where no queries are to be answered.

    Raises:
        SecretFound: Something that others may see looks like a secret.
    """
    disk = None if workdir is None else Disk(workdir)
    source = source_of(store, audience)
    runs = source.run_iris()
    has_files = disk is not None and audience is Visibility.PRIVATE
    site = Served(latest=runs[-1] if runs else "", has_files=has_files, takes_queries=bool(place))
    return Context(source, site, disk, tables, place)


def source_of(store: Store, audience: Visibility) -> Source:
    """Return what answers for an audience; a view is read whole, because what is hidden must leave no gap.

    Raises:
        SecretFound: Something that others may see looks like a secret.
    """
    if audience is Visibility.PRIVATE:
        return FromStore(store)
    return FromView(store, View.of(store, Selection(audience=audience)), audience)
