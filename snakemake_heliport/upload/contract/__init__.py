"""The contract with a server: which paths, verbs and names it has. `heliport.yaml` in here is the one that ships."""

from snakemake_heliport.upload.contract.contract import Contract, load_contract, merged

__all__ = ["Contract", "load_contract", "merged"]
