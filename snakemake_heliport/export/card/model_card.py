"""The card of a model, from what is known of it."""

from collections.abc import Iterator

from snakemake_heliport.export import belonging
from snakemake_heliport.export.card.chain import chain_to, drawn, listed
from snakemake_heliport.export.card.cost import cost_table, hardware
from snakemake_heliport.export.card.document import Card, Part, Section, section
from snakemake_heliport.export.card.head import base_of, description_of, licence_of, model_head, name_of
from snakemake_heliport.export.card.limits import hidden_in_words, limits
from snakemake_heliport.export.card.results import Result, data_name, results_of
from snakemake_heliport.export.card.software import authors, software, source_code
from snakemake_heliport.export.card.subject import Subject, content_of, entries, items, roles, sha256_of
from snakemake_heliport.export.card.words import MISSING, code, md, named, number, plain, sha, size, table
from snakemake_heliport.lineage.near import is_tracked, path_of
from snakemake_heliport.model import DigitalObject, Kind, Predicate
from snakemake_heliport.wording import USES

DIRECTIONS = {"inputs": "input", "outputs": "output", "params": "parameter"}
MAX_ROWS = 60
USE = f"## Uses\n\n### Direct use\n\n{MISSING}\n\n### Out-of-scope use\n\n{MISSING}"
MORE = f"## More information and contact\n\n{MISSING}"
RISKS = f"## Bias, risks and limitations\n\n{MISSING}\n\n### Recommendations\n\n{MISSING}"


def model_card(subject: Subject, about: dict[str, str]) -> Card:
    """Return what the graph knows for the card of a model."""
    parts = tuple(part for part in _parts(subject) if part)
    return Card(about, model_head(subject), parts, hidden_in_words(subject))


def _parts(subject: Subject) -> Iterator[Part]:
    starts = [near for near in (subject.model, subject.training) if near is not None]
    chain = chain_to(subject.view, subject.item, starts)
    description = description_of(subject)
    yield Section("title", f"# {md(name_of(subject))}" + (f"\n\n{md(description, 2000)}" if description else ""))
    yield Section("details", f"## Model details\n\n{named(_details(subject))}")
    yield USE
    yield RISKS
    if chain.steps or chain.beginnings:
        drawing = drawn(chain, subject.item)
        text = f"{listed(subject.view, chain, whole=not subject.hidden)}\n\n{drawing}".strip()
        yield Section("provenance", f"## How it was made\n\n{text}")
    yield from section("training-data", "Training data", _data(subject))
    yield from section("parameters", "Training parameters", _parameters(subject))
    yield from section("metrics", "Evaluation", _metrics(subject))
    yield from section("cost", "Hardware, duration and energy", _cost(subject))
    yield from section("software", "Software", software(subject))
    yield from section("code", "Code", source_code(subject))
    yield from section("signature", "Inputs and outputs", _signature(subject))
    yield from section("loading", "How to load it", _loading(subject))
    yield Section("limits", f"## What is not known\n\n{limits(subject, chain, model=True)}")
    yield Section("authors", f"## Authors and citation\n\n{authors(subject)}")
    yield MORE


def _details(subject: Subject) -> Iterator[tuple[str, str]]:
    said = {} if subject.model is None else subject.model.attributes
    yield "Registered as", "; ".join(map(_version, subject.versions))
    yield "Type", md(said.get("model_type") or "")
    yield "Logged model", code(said.get("model_uri") or "")
    yield "State", md(said["status"]) if said.get("status") not in (None, "finished") else ""
    yield "Created", md(said.get("created") or subject.item.attributes.get("modified") or "")
    yield "Licence", md(licence_of(subject) or "")
    yield "Size", size(said.get("size"))
    yield "Trained by", _trained_by(subject)
    yield "Base model", "; ".join(_bases(subject))
    for file in subject.files:
        yield "File", _file(subject, file)
    project = belonging.project_of(subject.view, subject.item)
    yield "Project", "" if project is None else md(project.label)


def _version(version: DigitalObject) -> str:
    aliases = [code(f"@{plain(alias)}") for alias in items(version.attributes.get("aliases"))]
    stage = version.attributes.get("stage")
    marks = [*aliases, *([md(stage)] if stage not in (None, "", "None") else [])]
    return md(version.label) + (f" ({', '.join(marks)})" if marks else "")


def _trained_by(subject: Subject) -> str:
    run, job = subject.training, subject.job
    names = []
    if run is not None:
        tracker = md(run.attributes.get("tracker") or "training")
        names.append(f"{tracker} run {md(run.label)} ({code(run.attributes.get('run_id') or run.iri)})")
    if job is not None:
        names.append(f"job {md(job.label)}")
    return ", ".join(names) + (f" ({subject.basis})" if subject.basis else "")


def _bases(subject: Subject) -> Iterator[str]:
    """Yield the models that a training began with."""
    hub = base_of(subject)
    if hub is not None:
        yield code(hub)
    used = [] if subject.training is None else subject.view.ahead(subject.training.iri, Predicate.USED)
    for model in used:
        if model.kind is Kind.MODEL and (subject.model is None or model.iri != subject.model.iri):
            yield f"{md(model.label)} ({code(model.attributes.get('model_uri') or model.iri)})"


def _file(subject: Subject, file: DigitalObject) -> str:
    digest, content = sha256_of(subject.view, file), content_of(subject.view, file)
    why = file.attributes.get("unknown_reason")
    bytes_ = "" if content is None else size(content.attributes.get("size"))
    note = code(f"sha256:{digest}") if digest else f"content not known: {md(why or 'no reason')}"
    return ", ".join(filter(None, (code(path_of(file)), bytes_, note)))


def datasets_of(subject: Subject) -> dict[str, tuple[DigitalObject, list[str]]]:
    """Return the data of a model with what each was used for: as its training run, else as the model itself says."""
    found: dict[str, tuple[DigitalObject, list[str]]] = {}
    view = subject.view
    for predicate, use in USES.items():
        for data in [] if subject.model is None else view.ahead(subject.model.iri, predicate):
            found.setdefault(data.iri, (data, []))[1].append(use)
    for relation in [] if subject.training is None else view.out(subject.training.iri, Predicate.USED_DATASET):
        logged = view.objects.get(relation.object)
        if logged is not None and logged.iri not in found:
            found[logged.iri] = (logged, roles(relation))
    return dict(sorted(found.items(), key=lambda pair: (pair[1][1], pair[1][0].label, pair[0])))


def _data(subject: Subject) -> str:
    lines = []
    for data, uses in datasets_of(subject).values():
        files = [code(path_of(file)) for file in subject.view.ahead(data.iri, Predicate.HAS_SOURCE)]
        digest = sha256_of(subject.view, data)
        own = data.attributes.get("dataset_digest")
        proof = code(f"sha256:{digest}") if digest else f"tracker's digest {code(own)}" if own else "not known"
        profile = data.attributes.get("profile")
        rows = profile.get("num_rows") if isinstance(profile, dict) else None
        source = ", ".join(files) or code(data.attributes.get("source") or "")
        lines.append((md(data.label), md(", ".join(uses)), source, number(rows), proof))
    return table(("Dataset", "Used for", "From", "Rows", "Checksum"), lines) or _read_by_job(subject)


def _read_by_job(subject: Subject) -> str:
    """Return the files that the job of a model read, where no tracker says what was its training data."""
    job = subject.job
    used = [] if job is None else subject.view.out(job.iri, Predicate.USED)
    found = {}
    for relation in used:
        file = subject.view.objects.get(relation.object)
        if file is not None and file.kind in (Kind.FILE, Kind.DIRECTORY) and not roles(relation):
            found[file.iri] = (code(path_of(file)), md(relation.attributes.get("slot") or ""), _proof(subject, file))
    text = table(("File", "Input", "Checksum"), sorted(found.values()))
    return f"No tracker says which data it was trained on; its job read:\n\n{text}" if text else ""


def _proof(subject: Subject, file: DigitalObject) -> str:
    digest = sha256_of(subject.view, file)
    return code(f"sha256:{digest}") if digest else "not known"


def _parameters(subject: Subject) -> str:
    """Return the parameters that the tracker was told, else those of the job."""
    rows: dict[str, tuple[str, str, str]] = {}
    for thing in (subject.training, subject.model):
        for entry in entries(None if thing is None else thing.attributes.get("hyperparameters")):
            same = "parameter of the job" if entry.get("same_as") else ""
            rows.setdefault(str(entry.get("name")), (code(entry.get("name")), code(entry.get("value")), same))
    for entry in entries(None if subject.job is None or rows else subject.job.attributes.get("params")):
        name = str(entry.get("name") or entry.get("slot"))
        rows.setdefault(name, (code(name), code(entry.get("value")), "parameter of the job"))
    return table(("Name", "Value", "Also"), [rows[name] for name in sorted(rows)][:MAX_ROWS])


def _metrics(subject: Subject) -> str:
    return table(
        ("Metric", "Value", "Step", "Measured on", "Checksum", "By"),
        [_metric(subject, result) for result in results_of(subject)[:MAX_ROWS]],
    )


def _metric(subject: Subject, result: Result) -> tuple[str, str, str, str, str, str]:
    on, data, view = result.on, "not recorded", subject.view
    if on is not None:
        data = md(data_name(view, on)) + (f", {md(result.split)}" if result.split else "")
    digest = "" if on is None else sha(sha256_of(view, on))
    step = number(result.step) if result.step else ""
    return code(result.name), number(result.value), step, data, digest, md(result.by.label)


def _cost(subject: Subject) -> str:
    return "\n\n".join(filter(None, (named(hardware(subject)), cost_table(subject))))


def _signature(subject: Subject) -> str:
    said = {} if subject.model is None else subject.model.attributes
    found = sorted(
        entries(said.get("signature")), key=lambda entry: _place(entry.get("direction"), entry.get("position"))
    )
    rows = []
    for entry in found[:MAX_ROWS]:
        direction = str(entry.get("direction"))
        rows.append(
            (md(DIRECTIONS.get(direction, direction)), code(entry.get("name") or ""), code(entry.get("type") or ""))
        )
    text = table(("Direction", "Name", "Type"), rows)
    more = len(found) - MAX_ROWS
    return f"{text}\n\n… and {more:,} more" if more > 0 else text


def _place(direction: object, position: object) -> tuple[int, int]:
    order = [*DIRECTIONS]
    known = order.index(direction) if direction in order else len(order)
    return known, position if isinstance(position, int) else 0


def _loading(subject: Subject) -> str:
    lines = []
    said = {} if subject.model is None else subject.model.attributes
    address = plain(said.get("model_uri") or "")
    version = next(iter(reversed(subject.versions)), None)
    if version is not None and version.attributes.get("name"):
        alias = next(iter(items(version.attributes.get("aliases"))), None)
        pinned = f"@{alias}" if alias else f"/{version.attributes.get('version')}"
        address = plain(f"models:/{version.attributes['name']}{pinned}")
    if address:
        # repr() is a Python text whatever the name is; a fence cannot end within a line.
        lines += ["```python", "import mlflow", "", f"model = mlflow.pyfunc.load_model({address!r})", "```", ""]
    files = [file for file in subject.files if not is_tracked(file)]
    for file in files[:3]:
        digest = sha256_of(subject.view, file)
        proof = f"; `sha256sum` of it must begin with {code(digest[:12])}" if digest else ""
        lines.append(f"The file is {code(path_of(file))} in the workflow's directory{proof}.")
    return "\n".join(lines).strip()
