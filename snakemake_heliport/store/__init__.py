"""Objects and relations of all runs, in SQLite beside the workflow or in PostgreSQL for a team.

What servers were sent loads on first use: most commands send nothing.
"""

from typing import TYPE_CHECKING, Any

from snakemake_heliport.store.counting import Stamp
from snakemake_heliport.store.errors import StoreError
from snakemake_heliport.store.reading import RunRow
from snakemake_heliport.store.rows import AUDIENCE, storable
from snakemake_heliport.store.store import Store
from snakemake_heliport.store.walking import FLOW_KINDS, Met
from snakemake_heliport.store.writing import RunWriter

if TYPE_CHECKING:
    from snakemake_heliport.store.ledger import Entry, Ledger, Waiting

SENDING = frozenset(("Entry", "Ledger", "Waiting"))
__all__ = [
    "AUDIENCE",
    "FLOW_KINDS",
    "Entry",
    "Ledger",
    "Met",
    "RunRow",
    "RunWriter",
    "Stamp",
    "Store",
    "StoreError",
    "Waiting",
    "storable",
]


def __getattr__(name: str) -> Any:
    if name not in SENDING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from snakemake_heliport.store import ledger

    return getattr(ledger, name)
