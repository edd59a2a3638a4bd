"""What on disk no longer matches its record, and what became stale by that."""

from snakemake_heliport.lineage.status.leftovers import Leftover
from snakemake_heliport.lineage.status.staleness import Cause, What
from snakemake_heliport.lineage.status.state import Changed, Gone, Stale, StaleModel, Status, status

__all__ = ["Cause", "Changed", "Gone", "Leftover", "Stale", "StaleModel", "Status", "What", "status"]
