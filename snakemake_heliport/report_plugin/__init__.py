"""What `snakemake --reporter heliport` loads: imports a finished result that was made without `--logger heliport`.

Every start of Snakemake imports this file, so it imports the plugin interface only.
"""

import sys

from snakemake_interface_report_plugins.reporter import ReporterBase


class Reporter(ReporterBase):
    """Reads Snakemake's own records of a finished result into the store, marked as reconstructed."""

    def render(self) -> None:
        """Import the result; what cannot be known afterwards is named as a gap of the record."""
        try:
            from snakemake_heliport.recorder import reconstruct

            print(reconstruct(self.dag), file=sys.stderr)
        except Exception as error:  # noqa: BLE001 (one line tells more than a traceback)
            print(f"heliport: the result was not imported: {type(error).__name__}: {error}", file=sys.stderr)
