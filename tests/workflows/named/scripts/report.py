"""Write a title over a table."""

from pathlib import Path

table = Path(snakemake.input.table).read_text()
Path(snakemake.output.text).write_text(f"{snakemake.params.title}\n{table}", encoding="utf-8")
Path(snakemake.log.text).write_text("done\n")
