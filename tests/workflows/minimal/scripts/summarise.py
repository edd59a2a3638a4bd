"""Add up numbers."""

from pathlib import Path

total = sum(map(int, Path(snakemake.input.scaled).read_text().split()))
Path(snakemake.output.summary).write_text(f"{snakemake.params.title} {total}\n")
