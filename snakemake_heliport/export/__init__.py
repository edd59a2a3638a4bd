"""The stored graph in the formats of others: each a function `(store, selection, stream) -> None`."""

from snakemake_heliport.export.emitter import Selection
from snakemake_heliport.export.formats import FORMATS, Format

__all__ = ["FORMATS", "Format", "Selection"]
