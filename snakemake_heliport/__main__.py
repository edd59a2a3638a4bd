"""The command line as a module: `python -m snakemake_heliport`."""

from snakemake_heliport.cli import main

main()
