"""The pages served on this machine: read-only, to those who may see them, and to no page of somebody else."""

from snakemake_heliport.explorer.serving.server import Place, serve

__all__ = ["Place", "serve"]
