"""The child process of an import: `python -m snakemake_heliport.trackers`."""

from snakemake_heliport.trackers.child import main

main()
