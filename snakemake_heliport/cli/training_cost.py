"""What a training run or job took, in words; the pages of the explorer share them."""

from snakemake_heliport.costs import costs

__all__ = ["costs"]
