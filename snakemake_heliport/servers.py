"""The servers that runs are sent to, as flags and `heliport.yaml` name them."""

from collections.abc import Mapping
from typing import Any

from snakemake_heliport.pending import without_credentials
from snakemake_heliport.records import SendTo
from snakemake_heliport.settings import Settings

# What the server is called that the settings `url` and `project` are of.
HELIPORT = "heliport"


def servers_of(settings: Settings, noted: Mapping[str, Any]) -> tuple[SendTo, ...]:
    """Return the servers that are named, whether or not runs are sent there by themselves.

    Args:
        noted: What `heliport.yaml` says under `servers`, by name; a setting comes before it.
    """
    named = {str(name): _named(str(name), note) for name, note in noted.items() if isinstance(note, Mapping)}
    own = named.get(HELIPORT)
    url = settings.url or (own.url if own else None)
    if url is not None:
        project = settings.project or (own.project if own else None)
        noted_one = own.granularity if own else None
        chosen = str(settings.granularity) if "granularity" in settings.origins else noted_one
        kind = own.kind if own else HELIPORT
        named[HELIPORT] = SendTo(HELIPORT, kind, without_credentials(url), project, chosen)
    return tuple(named.values())


def _named(name: str, note: Mapping[str, Any]) -> SendTo:
    project, granularity = note.get("project"), note.get("granularity")
    return SendTo(
        name,
        str(note.get("kind") or HELIPORT),
        without_credentials(str(note.get("url") or "")),
        None if project is None else str(project),
        None if granularity is None else str(granularity),
    )
