"""Why two runs came to different results."""

from snakemake_heliport.lineage.diff.compare import Diff, diff
from snakemake_heliport.lineage.diff.difference import Aspect, Bearing, Difference, Ran

__all__ = ["Aspect", "Bearing", "Diff", "Difference", "Ran", "diff"]
