"""What pages need beside the object that they are of: where from, for whom, how others are addressed, what is near."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from snakemake_heliport.explorer.disk import Disk
from snakemake_heliport.explorer.site import Site
from snakemake_heliport.explorer.source import Source
from snakemake_heliport.tables import Tables


@dataclass(frozen=True)
class Context:
    """What pages need.

    Attributes:
        disk: The recorded files that still stand; None where none may be shown.
        tables: The histories of metrics; None where there are none here.
        place: What opens the store in another process; empty where queries are not answered.
    """

    source: Source
    site: Site
    disk: Disk | None = None
    tables: Path | None = None
    place: str = ""

    def table(self, digest: str) -> bytes | None:
        """Return the table of a digest, None where it is not kept here or cannot be read."""
        if self._tables is None:
            return None
        try:
            return self._tables.get(digest)
        except OSError:
            return None

    @cached_property
    def _tables(self) -> Tables | None:
        return None if self.tables is None else Tables(self.tables)
