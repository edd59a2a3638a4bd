"""Learning the contract with a server from what it says of itself."""

from snakemake_heliport.upload.probing.probe import Findings, probe

__all__ = ["Findings", "probe"]
