"""Objects and relations of all runs, in SQLite beside the workflow or in PostgreSQL for a team."""

from snakemake_heliport.store.errors import StoreError
from snakemake_heliport.store.ledger import Entry, Ledger, Waiting
from snakemake_heliport.store.reading import RunRow
from snakemake_heliport.store.rows import storable
from snakemake_heliport.store.store import Store
from snakemake_heliport.store.streaming import AUDIENCE
from snakemake_heliport.store.walking import FLOW_KINDS, Met
from snakemake_heliport.store.writing import RunWriter

__all__ = [
    "AUDIENCE",
    "FLOW_KINDS",
    "Entry",
    "Ledger",
    "Met",
    "RunRow",
    "RunWriter",
    "Store",
    "StoreError",
    "Waiting",
    "storable",
]
