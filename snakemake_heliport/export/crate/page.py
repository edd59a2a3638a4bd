"""The preview page of a crate: one file that needs nothing but a browser, and asks nobody for anything."""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from html import escape

from snakemake_heliport.export.crate.assembling import Metadata
from snakemake_heliport.export.crate.build import entries
from snakemake_heliport.export.crate.files import license_id
from snakemake_heliport.export.crate.names import quoted
from snakemake_heliport.export.crate.payload import Payload
from snakemake_heliport.export.crate.telling import (
    MAX_ROWS,
    day,
    holds,
    jobs_of,
    minute,
    readable_size,
    shown_path,
    states,
)
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.wording import duration, seconds_between

STYLE = """
:root { color-scheme: light dark; --text: #1b2733; --soft: #5b6875; --line: #d9e0e6; --page: #fff; --card: #f5f7f9;
  --accent: #0b5a8a; --good: #1f6f43; --bad: #b3202c; }
@media (prefers-color-scheme: dark) { :root { --text: #e4eaf0; --soft: #9fadba; --line: #35414d; --page: #12181e;
  --card: #1b232b; --accent: #7cc0ee; --good: #74cf9c; --bad: #ff8d8d; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 66rem;
  margin: 0 auto; padding: 2.5rem 1.25rem; overflow-wrap: break-word; }
.kind { color: var(--accent); font-weight: 600; font-size: .85rem; margin: 0; }
h1 { font-size: clamp(1.5rem, 4vw, 2.2rem); line-height: 1.2; margin: .2rem 0 .8rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .8rem; }
.lead { font-size: 1.05rem; max-width: 48rem; margin: 0 0 1rem; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; font-size: .85rem;
  margin: 0 .3rem .3rem 0; color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin: 1.2rem 0 0;
  padding: 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; }
.run { border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: .5rem; padding: .8rem 1.1rem;
  margin: 0 0 .8rem; }
.run.finished { border-left-color: var(--good); }
.run.failed, .run.interrupted { border-left-color: var(--bad); } .run p { margin: .15rem 0; }
.state { font-weight: 600; } .soft { color: var(--soft); }
.finished .state, .state.finished, .state.touched { color: var(--good); }
.failed .state, .interrupted .state, .state.failed, .state.interrupted { color: var(--bad); }
a { color: var(--accent); } code { font-size: .85em; overflow-wrap: anywhere; }
.run p, td:first-child { overflow-wrap: anywhere; } td:first-child { min-width: 14rem; } .state { white-space: nowrap; }
.count { display: inline-block; min-width: 6rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .45rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: .8rem; white-space: nowrap; }
details { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem 1.1rem; margin: 0 0 .8rem; }
summary { cursor: pointer; font-weight: 600; } details table { margin-top: .6rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: .85rem; }
@media (max-width: 40rem) { body { padding: 1.25rem 1rem; } thead { display: none; } td:first-child { min-width: 0; }
  tr { display: block;
  border-bottom: 1px solid var(--line); padding: .5rem 0; } td { display: block; border: 0; padding: .1rem 0; }
  td[data-name]:not(:empty)::before { content: attr(data-name) ": "; color: var(--soft); } }
""".strip()
FILE_COLUMNS = ("File", "What it is", "Size", "SHA-256")
# Nothing is loaded and no script runs, whatever a name in the crate tries.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def preview(metadata: Metadata, payload: Payload) -> str:
    """Return the page of a crate: self-contained, and without any request to elsewhere."""
    view, name = metadata.build.view, escape(metadata.head.name)
    file, files = partial(_file, metadata, payload), _files(metadata)
    results = [thing for thing in files if thing.iri in metadata.results]
    jobs, training = list(view.of_kind(Kind.JOB)), list(view.of_kind(Kind.TRAINING_RUN))
    body = [
        _header(metadata),
        _section("Runs", "".join(_run(metadata, run) for run in metadata.runs)),
        _section("Steps", _table(("Step", "What it does", "Jobs"), metadata.steps, partial(_step, metadata))),
        _section("Results", _table(FILE_COLUMNS, results, file)),
        _section("Training runs", _table(("Run", "State", "Metrics"), training, partial(_training, metadata))),
        _section(
            "In detail",
            _folded("All jobs", _table(("Job", "State", "Started", "Took"), jobs, partial(_job, metadata)))
            + _folded("All files", _table(FILE_COLUMNS, files, file)),
        ),
        "<footer>Written by snakemake-heliport. What programs read is in "
        '<a href="./ro-crate-metadata.json">ro-crate-metadata.json</a>.</footer>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(filter(None, body))
        + "\n</body></html>\n"
    )


def _header(metadata: Metadata) -> str:
    head = metadata.head
    people = "<br>".join(_person(metadata, iri) for iri in head.authors) or "not stated"
    license_ = "none stated; nobody but the authors may reuse this"
    if head.license is not None:
        license_ = _link(license_id(head.license), escape(head.license))
    facts = {
        "People": people,
        "Licence": license_,
        "Date": escape(day(head.published)),
        "Holds": escape(holds(metadata)),
    }
    told = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    words = "".join(f'<span class="tag">{escape(word)}</span>' for word in head.keywords)
    return (
        '<header><p class="kind">RO-Crate of a Snakemake workflow</p>'
        f'<h1>{escape(head.name)}</h1><p class="lead">{escape(head.description)}</p>{words}<dl>{told}</dl></header>'
    )


def _person(metadata: Metadata, iri: str) -> str:
    view = metadata.build.view
    person = view.objects.get(iri)
    if person is None:
        return "not stated"
    homes = ", ".join(escape(home.label) for home in view.ahead(iri, Predicate.HAS_AFFILIATION))
    return _link(iri, escape(person.label)) + (f' <span class="soft">{homes}</span>' if homes else "")


def _link(iri: str, text: str) -> str:
    """Return a text that leads to a public address, if there is one."""
    return f'<a href="{escape(iri)}" rel="noreferrer">{text}</a>' if iri.startswith("https://") else text


def _run(metadata: Metadata, run: DigitalObject) -> str:
    clean, known = metadata.build.texts.clean, run.attributes
    state = escape(str(known.get("status") or "unknown"))
    took = duration(seconds_between(known.get("started"), known.get("ended")))
    when = " · ".join(filter(None, (minute(known.get("started")), took and f"took {took}")))
    jobs = states(jobs_of(metadata, run)) or "none began"
    lines = [f'<span class="state">{state}</span> <span class="soft">{escape(when)}</span>', f"Jobs: {escape(jobs)}"]
    if known.get("error"):
        lines.append(f'<span class="soft">{escape(clean(str(known["error"])))}</span>')
    if known.get("command"):
        lines.append(f"<code>{escape(clean(str(known['command'])))}</code>")
    return f'<div class="run {state}">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>"


def _step(metadata: Metadata, rule: DigitalObject) -> Sequence[str]:
    build = metadata.build
    jobs = (job for job in build.view.behind(rule.iri, Predicate.CORRESPONDS_TO_STEP) if job.kind is Kind.JOB)
    said = build.texts.clean(rule.description or "")
    return (
        f"<code>{escape(build.texts.clean(rule.label))}</code>",
        escape(said),
        f'<span class="count">{escape(states(jobs))}</span>',
    )


def _training(metadata: Metadata, run: DigitalObject) -> Sequence[str]:
    clean = metadata.build.texts.clean
    found = (f"{entry.get('name')} = {_number(entry.get('value'))}" for entry in entries(run, "evaluations"))
    return escape(clean(run.label)), _state(run), escape(clean(", ".join(found)))


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _job(metadata: Metadata, job: DigitalObject) -> Sequence[str]:
    known = job.attributes
    took = duration(seconds_between(known.get("started"), known.get("ended")))
    name = metadata.build.texts.clean(job.label)
    return escape(name), _state(job), escape(minute(known.get("started"))), escape(took)


def _state(thing: DigitalObject) -> str:
    state = escape(str(thing.attributes.get("status") or "unknown"))
    return f'<span class="state {state}">{state}</span>'


def _files(metadata: Metadata) -> list[DigitalObject]:
    things = metadata.build.view.of_kind(Kind.FILE, Kind.DIRECTORY, Kind.SOURCE, Kind.CONFIG, Kind.LOG)
    return sorted(things, key=lambda thing: (shown_path(metadata, thing), thing.iri))


def _file(metadata: Metadata, payload: Payload, thing: DigitalObject) -> Sequence[str]:
    build = metadata.build
    size = next((c.attributes.get("size") for c in build.view.ahead(thing.iri) if c.kind is Kind.CONTENT), None)
    place, path = payload.place_of.get(thing.iri), shown_path(metadata, thing)
    name = f"<code>{escape(path)}</code>"
    if place is not None:
        name = f'<a href="./{escape(quoted(place))}">{name}</a>'
    said = [] if thing.label == thing.attributes.get("path") else [escape(build.texts.clean(thing.label))]
    said += (
        []
        if place is not None or thing.kind is Kind.DIRECTORY
        else ['<span class="soft">described, not in this crate</span>']
    )
    copy = payload.copy_of(thing.iri)
    said += [] if copy is None else ['<span class="soft">secrets and paths of the machine are replaced here</span>']
    digest = (build.files.sha256(thing.iri) if copy is None else sha256(copy).hexdigest()) or ""
    return (
        name,
        "; ".join(said),
        escape(readable_size(size if copy is None else len(copy))),
        f"<code>{digest}</code>" if digest else "",
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>" if content else ""


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>{content}</details>" if content else ""


def _table(
    columns: Sequence[str], things: Sequence[DigitalObject], row: Callable[[DigitalObject], Sequence[str]]
) -> str:
    """Return things as a table; where there is no room for columns, each cell but the first names its own."""
    if not things:
        return ""
    shown = []
    for thing in things[:MAX_ROWS]:
        first, *others = row(thing)
        cells = (f'<td data-name="{name}">{cell}</td>' for name, cell in zip(columns[1:], others, strict=True))
        shown.append(f"<tr><td>{first}</td>{''.join(cells)}</tr>")
    head = "".join(f"<th>{column}</th>" for column in columns)
    more = len(things) - MAX_ROWS
    rest = f'<p class="soft">and {more} more</p>' if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(shown)}</tbody></table>{rest}"
