"""Questions over the store of all runs: what something came from, what depends on it, what is stale, what differs."""

from snakemake_heliport.lineage.impact import Hit, Impact, impact
from snakemake_heliport.lineage.starts import Versions, flowing, sha256_of, versions
from snakemake_heliport.lineage.tracing import Link, Trace, trace

__all__ = ["Hit", "Impact", "Link", "Trace", "Versions", "flowing", "impact", "sha256_of", "trace", "versions"]
