"""Runs as RO-Crates: Provenance Run Crate 0.5, as a folder or a zip file."""

from snakemake_heliport.export.crate.missing import missing_of
from snakemake_heliport.export.crate.payload import DataMode
from snakemake_heliport.export.crate.profiles import VERSIONS, CrateError
from snakemake_heliport.export.crate.validating import validate_crate
from snakemake_heliport.export.crate.writing import write_crate

__all__ = ["VERSIONS", "CrateError", "DataMode", "missing_of", "validate_crate", "write_crate"]
