"""What a reader must know to cite a thing: who made it, what it is called, under which terms, in which project, when.

Everything here looks at a view only, so it tells what the view's audience may see. `credits.view_with_credits` gives a
view in which a file knows its authors although the run that made it must not be seen.
"""

import re
from collections.abc import Iterator

from snakemake_heliport.export.belonging import project_of, run_of, workflow_of
from snakemake_heliport.export.citation import Citation, Creator
from snakemake_heliport.export.machine import without_places
from snakemake_heliport.export.plain import line, path_of, text, texts
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import is_pseudonym
from snakemake_heliport.model import DigitalObject, Kind, Predicate

UNKNOWN = ":unkn"  # DataCite's own word for what is not known
ORCID = re.compile(r"https?://orcid\.org/([\dX-]{19})")
ROR = re.compile(r"https?://ror\.org/0[a-z0-9]{8}")
FILES = frozenset((Kind.FILE, Kind.DIRECTORY, Kind.LOG, Kind.CONFIG, Kind.SOURCE))

__all__ = ["UNKNOWN", "Creator", "creators_of", "licence_of", "project_of", "title_of"]


def creators_of(view: View, thing: DigitalObject, citation: Citation | None = None) -> list[Creator]:
    """Return who made a thing: those the authors name, else those of CITATION.cff, else who ran the workflow.

    The list is empty where nobody may be named; forms that need someone say `UNKNOWN`.
    """
    named = people_of(view, thing, Predicate.WAS_ATTRIBUTED_TO)
    if named:
        return named
    if citation is not None and citation.authors:
        return list(citation.authors)
    return people_of(view, thing, Predicate.WAS_ASSOCIATED_WITH)


def people_of(view: View, thing: DigitalObject, predicate: Predicate) -> list[Creator]:
    """Return the people that a thing, its workflow or its run relates to; the first of these that has any counts."""
    for found in (thing, workflow_of(view, thing), run_of(view, thing)):
        agents = [] if found is None else view.ahead(found.iri, predicate)
        people = [_creator(view, agent) for agent in agents if _is_somebody(agent)]
        if people:
            return people
    return []


def _is_somebody(agent: DigitalObject) -> bool:
    """Return whether an agent can be cited; a login that was written as a pseudonym is nobody."""
    named = agent.kind is Kind.ORGANIZATION or bool(ORCID.fullmatch(agent.iri)) or not is_pseudonym(agent.label)
    return agent.kind in (Kind.PERSON, Kind.ORGANIZATION) and named


def _creator(view: View, agent: DigitalObject) -> Creator:
    name = line(agent.attributes.get("name")) or line(agent.label) or UNKNOWN
    family, comma, given = name.partition(", ")
    orcid = ORCID.fullmatch(agent.iri)
    home = next(iter(view.ahead(agent.iri, Predicate.HAS_AFFILIATION)), None)
    organization = agent.kind is Kind.ORGANIZATION
    return Creator(
        name=name,
        # Which part of a name is the family's is known only where someone wrote it so.
        given=given if comma and not organization else None,
        family=family if comma and not organization else None,
        orcid=orcid[1] if orcid else None,
        affiliation=None if home is None else line(home.attributes.get("name")) or line(home.label),
        ror=home.iri if home is not None and ROR.fullmatch(home.iri) else None,
        organization=organization,
    )


def sources_of(view: View, thing: DigitalObject) -> list[DigitalObject]:
    """Return a thing, and the files that say more of it: of a logged dataset, the file that it was read from."""
    if thing.kind is Kind.MODEL_VERSION:
        return [thing, *view.ahead(thing.iri, Predicate.SPECIALIZATION_OF)]
    files = view.ahead(thing.iri, Predicate.HAS_SOURCE) if thing.kind is Kind.DATASET else []
    return [thing, *(file for file in files if file.kind in FILES)]


def title_of(view: View, thing: DigitalObject) -> str:
    """Return what a thing is called, in one line that names no place of this machine."""
    if thing.kind is Kind.RUN:
        workflow = workflow_of(view, thing)
        if workflow is not None:
            started = str(thing.attributes.get("started") or "")[:16].replace("T", " ")
            return f"{line(workflow.label) or 'Workflow'}, run of {started} UTC" if started else str(workflow.label)
    for found in sources_of(view, thing):
        label = line(found.label)
        if found.kind in FILES and label not in (None, line(found.attributes.get("path"))):
            return str(label)
    if thing.kind in FILES:
        return line(path_of(thing)) or thing.kind.value
    return line(without_places(thing.label)) or thing.kind.value


def licence_of(view: View, thing: DigitalObject, citation: Citation | None = None) -> str | None:
    """Return the SPDX id of a thing's licence: its own, of the code that of CITATION.cff, else that of its project."""
    project = project_of(view, thing)
    own = [found.attributes.get("license") for found in sources_of(view, thing)]
    code = citation.license if citation is not None and thing.kind is Kind.WORKFLOW else None
    found = (line(value) for value in (*own, code, None if project is None else project.attributes.get("license")))
    return next((licence for licence in found if licence is not None), None)


def description_of(view: View, thing: DigitalObject, citation: Citation | None = None) -> str | None:
    """Return what a thing is, in the words of its authors; runs and workflows are described by their project."""
    described = [text(found.description) for found in sources_of(view, thing)]
    if thing.kind in (Kind.RUN, Kind.WORKFLOW):
        project = project_of(view, thing)
        described.append(None if project is None else text(project.description))
        described.append(None if citation is None else citation.abstract)
    return next((found for found in described if found is not None), None)


def keywords_of(view: View, thing: DigitalObject, citation: Citation | None = None) -> list[str]:
    """Return a thing's own keywords, else those of its project, else those of CITATION.cff."""
    project = project_of(view, thing)
    said = [texts(found.attributes.get("keywords")) for found in sources_of(view, thing)]
    said.append([] if project is None else texts(project.attributes.get("keywords")))
    said.append([] if citation is None else list(citation.keywords))
    return next((found for found in said if found), [])


def date_of(view: View, thing: DigitalObject) -> str | None:
    """Return when a thing was complete (ISO 8601): the end of a run, the last change of a file; never the present."""
    return next(_dates(view, thing), None)


def _dates(view: View, thing: DigitalObject) -> Iterator[str]:
    run = run_of(view, thing)
    for found in (*sources_of(view, thing), *view.ahead(thing.iri, Predicate.WAS_GENERATED_BY), run):
        if found is not None:
            names = ("modified", "created", "ended", "started")
            yield from (str(found.attributes[name]) for name in names if found.attributes.get(name))
    made = view.out(thing.iri, Predicate.WAS_GENERATED_BY)
    yield from (str(relation.attributes["at"]) for relation in made if relation.attributes.get("at"))


def content_of(view: View, thing: DigitalObject) -> tuple[str | None, int | None]:
    """Return the SHA-256 and the size of a file, dataset or model, each None where it is not known."""
    size = thing.attributes.get("size")
    sha256: str | None = None
    for content in view.ahead(thing.iri, Predicate.SPECIALIZATION_OF):
        if content.kind is Kind.CONTENT:
            sha256, size = text(content.attributes.get("sha256")), content.attributes.get("size", size)
    return sha256, size if isinstance(size, int) else None
