"""Sees a run from inside Snakemake and writes what it sees into a journal; the only room that touches Snakemake."""
