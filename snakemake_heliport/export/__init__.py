"""The stored graph in the formats of others: each a function `(store, selection, stream) -> None`."""

from snakemake_heliport.export.formats import FORMATS, Format
from snakemake_heliport.export.selecting import Selection

__all__ = ["FORMATS", "Format", "Selection"]
