"""The readme of a crate, in Markdown."""

from snakemake_heliport.export.crate.assembling import Metadata
from snakemake_heliport.export.crate.payload import Payload
from snakemake_heliport.export.crate.telling import MAX_ROWS, day, holds, jobs_of, minute, states
from snakemake_heliport.model import DigitalObject
from snakemake_heliport.wording import duration, seconds_between

MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>#|"})


def readme(metadata: Metadata, payload: Payload) -> str:
    """Return the readme of a crate in Markdown."""
    head, text = metadata.head, metadata.build.texts.clean
    lines = [f"# {_plain(head.name)}", "", _plain(head.description), ""]
    lines += [f"- {name}: {_plain(value)}" for name, value in _facts(metadata).items()]
    lines += ["", "## Runs", ""]
    lines += [f"- {_plain(text(_sentence(metadata, run)))}" for run in metadata.runs] or ["None is told of here."]
    lines += ["", "## What is in this folder", ""]
    lines += [f"- {_code(place)}" for place in sorted(payload.places)[:MAX_ROWS]] or ["Nothing but the metadata."]
    if len(payload.places) > MAX_ROWS:
        lines.append(f"- and {len(payload.places) - MAX_ROWS} more")
    lines += [
        "",
        "All other files are described in `ro-crate-metadata.json`, with their checksums, and are not here.",
        "",
    ]
    if payload.rewritten:
        changed = [f"- {_code(place)}" for place in sorted(payload.rewritten)]
        lines += ["Secrets and paths of the machine are replaced in what is here of:", "", *changed, ""]
    if payload.left_out:
        lines += ["## Left out", "", "Asked for, and not as it was recorded:", ""]
        left = [(text(path), why) for path, why in sorted(payload.left_out.items())]
        lines += [f"- {_plain(path)}: {why}" for path, why in left[:MAX_ROWS]]
        lines.append("")
    return "\n".join(lines)


def _facts(metadata: Metadata) -> dict[str, str]:
    head, objects = metadata.head, metadata.build.view.objects
    return {
        "Authors": ", ".join(objects[iri].label for iri in head.authors if iri in objects) or "not stated",
        "Licence": head.license or "none stated; nobody but the authors may reuse this",
        "Date": day(head.published),
        "Holds": holds(metadata),
    }


def _sentence(metadata: Metadata, run: DigitalObject) -> str:
    known = run.attributes
    took = duration(seconds_between(known.get("started"), known.get("ended")))
    words = [minute(known.get("started")), str(known.get("status") or "unknown"), took and f"took {took}"]
    return f"{', '.join(filter(None, words))}; jobs: {states(jobs_of(metadata, run)) or 'none'}"


def _code(text: str) -> str:
    """Return a text as code; a backtick in it needs a longer fence."""
    fence = "`" if "`" not in text else "``"
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return " ".join(text.split()).translate(MARKDOWN)
