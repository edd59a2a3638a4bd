"""What on disk no longer matches its record, and what became stale by that."""

from snakemake_heliport.lineage.status.edited import Edited
from snakemake_heliport.lineage.status.gone import Gone
from snakemake_heliport.lineage.status.leftovers import Leftover
from snakemake_heliport.lineage.status.models import StaleModel
from snakemake_heliport.lineage.status.staleness import Cause, What
from snakemake_heliport.lineage.status.state import Changed, Stale, Status, status

__all__ = ["Cause", "Changed", "Edited", "Gone", "Leftover", "Stale", "StaleModel", "Status", "What", "status"]
