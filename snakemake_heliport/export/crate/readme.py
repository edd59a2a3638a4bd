"""What people read of a crate: a Markdown file, and a page that needs nothing but a browser."""

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape

from snakemake_heliport.export.crate.assembling import Metadata
from snakemake_heliport.export.crate.payload import Payload
from snakemake_heliport.model import DigitalObject, Kind

# A page with every file of a large run would be of no use.
MAX_ROWS = 200
MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>#|"})
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2a6f97; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; margin-bottom: .3rem; } h2 { margin-top: 2rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { background: var(--soft); } code { font-size: .85em; overflow-wrap: anywhere; }
.failed, .interrupted { color: #c1121f; } .finished { color: #2d6a4f; } .scroll { overflow-x: auto; }
footer { margin-top: 3rem; color: #777; font-size: .85rem; }
""".strip()


def readme(metadata: Metadata, payload: Payload) -> str:
    """Return the readme of a crate in Markdown."""
    head, text = metadata.head, metadata.build.texts.clean
    lines = [f"# {_plain(head.name)}", "", _plain(head.description), ""]
    lines += [f"- {name}: {_plain(value)}" for name, value in _facts(metadata)]
    lines += ["", "## Runs", ""]
    lines += [f"- {_plain(text(_sentence(metadata, run)))}" for run in metadata.runs] or ["None is told of here."]
    lines += ["", "## What is in this folder", ""]
    lines += [f"- `{place}`" for place in sorted(payload.places)[:MAX_ROWS]] or ["Nothing but the metadata."]
    if len(payload.places) > MAX_ROWS:
        lines.append(f"- and {len(payload.places) - MAX_ROWS} more")
    lines += [
        "",
        "All other files are described in `ro-crate-metadata.json`, with their checksums, and are not here.",
        "",
    ]
    if payload.left_out:
        lines += ["## Left out", "", "Asked for, and not as it was recorded:", ""]
        left = [(_shown(metadata, path), why) for path, why in sorted(payload.left_out.items())]
        lines += [f"- {_plain(path)}: {why}" for path, why in left[:MAX_ROWS]]
        lines.append("")
    return "\n".join(lines)


def preview(metadata: Metadata, payload: Payload) -> str:
    """Return the page of a crate: self-contained, and without any request to elsewhere."""
    head, build = metadata.head, metadata.build
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _facts(metadata))
    runs = "".join(f"<li>{escape(build.texts.clean(_sentence(metadata, run)))}</li>" for run in metadata.runs)
    body = [
        f"<h1>{escape(head.name)}</h1><p>{escape(head.description)}</p><dl>{facts}</dl>",
        f"<h2>Runs</h2><ul>{runs}</ul>" if runs else "",
        _table("Jobs", ("Job", "State", "Started", "Ended"), _jobs(metadata)),
        _table("Training runs", ("Run", "State", "Metrics"), _training(metadata)),
        _table("Files", ("File", "Bytes", "SHA-256"), _files(metadata, payload)),
        "<footer>Written by snakemake-heliport. The metadata is in <code>ro-crate-metadata.json</code>.</footer>",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(head.name)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _facts(metadata: Metadata) -> Iterator[tuple[str, str]]:
    head, objects = metadata.head, metadata.build.view.objects
    names = [objects[iri].label for iri in head.authors if iri in objects]
    yield "Authors", ", ".join(names) or "not stated"
    yield "Licence", head.license or "none stated; nobody but the authors may reuse this"
    yield "Date", head.published
    counts = Counter(thing.kind for thing in objects.values())
    told = ((Kind.JOB, "jobs"), (Kind.TRAINING_RUN, "training runs"), (Kind.FILE, "files"), (Kind.MODEL, "models"))
    yield "Holds", ", ".join(f"{counts[kind]} {name}" for kind, name in told if counts[kind]) or "nothing"


def _sentence(metadata: Metadata, run: DigitalObject) -> str:
    states = Counter(
        str(job.attributes.get("status"))
        for job in metadata.build.view.of_kind(Kind.JOB)
        if job.iri.startswith(f"{run.iri}#")
    )
    jobs = ", ".join(f"{number} {state}" for state, number in sorted(states.items())) or "none"
    return f"{run.label}: {run.attributes.get('status')}; jobs: {jobs}"


def _jobs(metadata: Metadata) -> Iterator[tuple[str, ...]]:
    for job in metadata.build.view.of_kind(Kind.JOB):
        known = job.attributes
        yield job.label, _state(known.get("status")), str(known.get("started", "")), str(known.get("ended", ""))


def _training(metadata: Metadata) -> Iterator[tuple[str, ...]]:
    for run in metadata.build.view.of_kind(Kind.TRAINING_RUN):
        found = run.attributes.get("evaluations")
        metrics = [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
        told = ", ".join(f"{entry.get('name')} = {entry.get('value')}" for entry in metrics)
        yield run.label, _state(run.attributes.get("status")), told


def _files(metadata: Metadata, payload: Payload) -> Iterator[tuple[str, ...]]:
    build = metadata.build
    for thing in build.view.of_kind(Kind.FILE, Kind.SOURCE, Kind.CONFIG):
        size = next((c.attributes.get("size") for c in build.view.ahead(thing.iri) if c.kind is Kind.CONTENT), None)
        place = payload.place_of.get(thing.iri)
        shown = _shown(metadata, str(thing.attributes.get("path") or thing.label))
        name = shown if thing.label == thing.attributes.get("path") else f"{shown} ({thing.label})"
        here = "" if place is not None else " (not in this crate)"
        yield name + here, "" if size is None else str(size), build.files.sha256(thing.iri) or ""


def _state(value: object) -> str:
    return str(value or "unknown")


def _shown(metadata: Metadata, path: str) -> str:
    return metadata.build.texts.clean(path)


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    shown: list[str] = []
    more = 0
    for row in rows:
        if len(shown) < MAX_ROWS:
            shown.append("".join(_cell(value) for value in row))
        else:
            more += 1
    if not shown:
        return ""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    rest = f"<p>and {more} more</p>" if more else ""
    body = "".join(f"<tr>{row}</tr>" for row in shown)
    return f'<h2>{title}</h2><div class="scroll"><table><tr>{head}</tr>{body}</table></div>{rest}'


def _cell(value: str) -> str:
    if value in ("finished", "failed", "interrupted"):
        return f'<td class="{value}">{value}</td>'
    return f"<td><code>{escape(value)}</code></td>" if len(value) == 64 else f"<td>{escape(value)}</td>"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return " ".join(text.split()).translate(MARKDOWN)
