"""Sections that every card has: software, code, authors."""

from collections.abc import Iterator

from snakemake_heliport.export import belonging, bibliography
from snakemake_heliport.export.card.head import licence_of, name_of
from snakemake_heliport.export.card.subject import Subject, entries, items
from snakemake_heliport.export.card.words import code, counted, md, named, plain
from snakemake_heliport.export.citation import Creator
from snakemake_heliport.model import DigitalObject, Kind, Predicate

MAX_REQUIREMENTS = 12
# How the web pages of a repository's host show a commit.
PERMALINKS = {"gitlab": "/-/tree/", "bitbucket": "/src/", "codebase": "/-/tree/"}


def software(subject: Subject) -> str:
    """Return with which software a thing was made."""
    view, run = subject.view, subject.run
    logged = {} if subject.model is None else subject.model.attributes
    flavors = [f"{entry.get('name')} {entry.get('version') or ''}".strip() for entry in entries(logged.get("flavors"))]
    needs = [plain(line) for line in items(logged.get("requirements"))]
    more = f", … and {len(needs) - MAX_REQUIREMENTS} more" if len(needs) > MAX_REQUIREMENTS else ""
    engines = [] if run is None else view.ahead(run.iri, Predicate.WAS_ASSOCIATED_WITH)
    facts = [
        ("Workflow engine", ", ".join(md(engine.label) for engine in engines if engine.kind is Kind.ENGINE)),
        ("Python", code((run.attributes.get("python_version") if run is not None else None) or "")),
        ("Environment", ", ".join(_environments(subject))),
        ("Loads with", ", ".join(map(code, flavors))),
        ("Requirements of the model", ", ".join(map(code, needs[:MAX_REQUIREMENTS])) + more),
    ]
    return named(facts)


def _environments(subject: Subject) -> Iterator[str]:
    """Yield the environments and containers of the job, else those of its run, with how many packages they have."""
    kinds = (Kind.ENVIRONMENT, Kind.CONTAINER)
    for whole in (subject.job, subject.run):
        used = [] if whole is None else subject.view.ahead(whole.iri, Predicate.USED)
        found = [thing for thing in used if thing.kind in kinds]
        for thing in found:
            members = subject.view.ahead(thing.iri, Predicate.HAD_MEMBER)
            packages = sum(member.kind is Kind.PACKAGE for member in members)
            count = counted(packages, "package") if packages else ""
            yield md(thing.label) + (f" ({count})" if count and count not in thing.label else "")
        if found:
            return


def source_code(subject: Subject) -> str:
    """Return which code made a thing: workflow, commit with its address, and whether files were changed since."""
    view = subject.view
    made_by = next((near for near in (subject.training, subject.job) if near is not None), subject.item)
    workflow, run = belonging.workflow_of(view, made_by), subject.run
    said = {} if run is None else run.attributes
    dirty = {True: "yes: the commit alone does not tell which code ran", False: "no"}.get(bool(said.get("dirty")), "")
    commit = commit_of(subject)
    facts = [
        ("Workflow", "" if workflow is None else md(workflow.label)),
        ("Snakefile", "" if workflow is None else code(workflow.attributes.get("snakefile") or "")),
        ("Commit", "" if commit is None else _permalink(commit)),
        ("Changed files at the time", dirty if said.get("dirty") is not None else ""),
        ("Manifest of the workflow", "" if workflow is None else _manifest(workflow)),
    ]
    return named(facts)


def commit_of(subject: Subject) -> DigitalObject | None:
    """Return the commit that the training ran, else that of the workflow."""
    used = [] if subject.training is None else subject.view.ahead(subject.training.iri, Predicate.USED)
    own = next((thing for thing in used if thing.kind is Kind.COMMIT), None)
    made_by = next((near for near in (subject.training, subject.job) if near is not None), subject.item)
    return own or belonging.commit_of(subject.view, made_by)


def _manifest(workflow: DigitalObject) -> str:
    digest = workflow.attributes.get("digest")
    return code(f"sha256:{digest}") if digest else ""


def _permalink(commit: DigitalObject) -> str:
    sha1 = plain(commit.attributes.get("version") or commit.label)
    address = str(commit.attributes.get("repository") or "").removesuffix(".git")
    swhid = next((name for name in commit.identifiers if name.startswith("swh:")), "")
    text = code(sha1)
    if address.startswith(("https://", "http://")) and not set(address) & set(" <>()[]\"'`\\|"):
        host = address.split("/")[2]
        middle = next((part for name, part in PERMALINKS.items() if name in host), "/tree/")
        text = f"[{code(sha1)}]({address}{middle}{sha1})"
    return f"{text} ({code(swhid)})" if swhid else text


def authors(subject: Subject) -> str:
    """Return who made a thing, in which project, and how to cite it."""
    view, item = subject.view, subject.item
    creators = bibliography.creators_of(view, item)
    project = belonging.project_of(view, item)
    facts = [
        ("Authors", "; ".join(map(_creator, creators))),
        ("Contact", ", ".join(_contacts(subject))),
        ("Project", "" if project is None else md(project.label)),
        (
            "Funding",
            "" if project is None else "; ".join(md(item) for item in items(project.attributes.get("funding"))),
        ),
        ("Licence", md(licence_of(subject) or "")),
        ("Identifiers", ", ".join(map(code, item.identifiers))),
    ]
    return f"{named(facts)}\n\nCite as: {_citation(subject, creators)}"


def _creator(creator: Creator) -> str:
    name = md(creator.name)
    if creator.orcid:
        name = f"[{name}](https://orcid.org/{creator.orcid})"
    return f"{name}, {md(creator.affiliation)}" if creator.affiliation else name


def _contacts(subject: Subject) -> Iterator[str]:
    people = sorted(subject.view.of_kind(Kind.PERSON), key=lambda person: (person.label, person.iri))
    for person in people:
        if person.attributes.get("email"):
            yield f"{md(person.label)} ({code(str(person.attributes['email']).removeprefix('mailto:'))})"


def _citation(subject: Subject, creators: list[Creator]) -> str:
    date = bibliography.date_of(subject.view, subject.item) or ""
    names = "; ".join(md(creator.name) for creator in creators) or "unknown authors"
    identifier = next(iter(subject.item.identifiers), "")
    return ". ".join(filter(None, (f"{names} ({date[:4] or 'n.d.'})", md(name_of(subject)), code(identifier)))) + "."
