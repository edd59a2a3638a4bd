"""Numbers, units and texts as people read them; the pages of the explorer share these words."""

from snakemake_heliport.wording import brief, counted, kind_in_words, number, quantity, size, sure

__all__ = ["brief", "counted", "kind_in_words", "number", "quantity", "size", "sure"]
