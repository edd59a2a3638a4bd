"""The `snakemake-heliport` command: one file a command, no logic beyond asking and printing."""

from snakemake_heliport.cli.app import main

__all__ = ["main"]
