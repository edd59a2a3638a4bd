"""Looks at what lies beside a run: contents, benchmarks, logs, environments, the repository. Knows no Snakemake."""
