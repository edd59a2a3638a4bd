"""CodeMeta 3.0 (https://codemeta.github.io) of a workflow: `codemeta.json`, as software catalogues read it."""

import json
from pathlib import Path
from typing import BinaryIO, TypeAlias

from snakemake_heliport.export import bibliography as said
from snakemake_heliport.export.belonging import commit_of, project_of, roots_of, run_of, the_one, workflow_of
from snakemake_heliport.export.citation import Citation, Creator, read_citation
from snakemake_heliport.export.credits import view_with_credits
from snakemake_heliport.export.identifiers import doi_among, identifier
from snakemake_heliport.export.plain import line, texts
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate
from snakemake_heliport.store import Store

Entry: TypeAlias = dict[str, JsonValue]

CONTEXT = "https://w3id.org/codemeta/3.0"
SNAKEMAKE: Entry = {"@type": "ComputerLanguage", "name": "Snakemake", "url": "https://snakemake.readthedocs.io"}


def write_codemeta(store: Store, selection: Selection, stream: BinaryIO, workdir: Path | None = None) -> None:
    """Write what describes the one workflow that a selection is about, or that its runs followed.

    Args:
        workdir: Where the workflow lies, whose `CITATION.cff` says how to cite it.

    Raises:
        HeliportError: The audience may see no workflow, or it is about several.
    """
    view, citation = view_with_credits(store, selection), read_citation(workdir)
    found = {flow.iri: flow for root in roots_of(view, selection) if (flow := workflow_of(view, root)) is not None}
    content = codemeta_of(view, the_one(found.values(), "codemeta"), citation)
    stream.write(json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")


def codemeta_of(view: View, workflow: DigitalObject, citation: Citation | None = None) -> Entry:
    """Return the description of a workflow."""
    cited = citation or Citation()
    commit, project, run = commit_of(view, workflow), project_of(view, workflow), run_of(view, workflow)
    licence = said.licence_of(view, workflow, citation)
    repository = cited.repository or (None if commit is None else commit.attributes.get("repository"))
    ended = said.date_of(view, workflow)
    content: Entry = {
        "@context": CONTEXT,
        "@type": "SoftwareSourceCode",
        "@id": workflow.iri,
        "identifier": [*_identifiers(workflow, commit, cited)],
        "name": cited.title or said.title_of(view, workflow),
        "description": said.description_of(view, workflow, citation),
        "version": cited.version or (None if commit is None else line(commit.attributes.get("version"))),
        "author": [person(creator) for creator in said.creators_of(view, workflow, citation)],
        "license": _licence(licence),
        "codeRepository": _address(repository),
        "url": _address(cited.url or (None if project is None else project.attributes.get("url"))),
        "keywords": [*said.keywords_of(view, workflow, citation)],
        "programmingLanguage": _language(view, run),
        "softwareRequirements": [*_requirements(view, run)],
        "operatingSystem": _system(run),
        "datePublished": cited.released,
        "dateModified": ended[:10] if ended else None,
        "funding": "; ".join(texts(project.attributes.get("funding"))) if project is not None else None,
    }
    return {key: value for key, value in content.items() if value not in (None, [], "")}


def _identifiers(workflow: DigitalObject, commit: DigitalObject | None, cited: Citation) -> list[str]:
    doi = doi_among([cited.doi]) if cited.doi else None
    named = [*workflow.identifiers, *(commit.identifiers if commit is not None else ())]
    return texts([f"https://doi.org/{doi}" if doi else None, *named, workflow.iri])


def person(creator: Creator) -> Entry:
    """Return who made a thing in the words of schema.org."""
    entry: Entry = {
        "@type": "Organization" if creator.organization else "Person",
        "@id": f"https://orcid.org/{creator.orcid}" if creator.orcid else None,
        "name": creator.name,
        "givenName": creator.given,
        "familyName": creator.family,
    }
    if creator.affiliation:
        home: Entry = {"@type": "Organization", "@id": creator.ror, "name": creator.affiliation}
        entry["affiliation"] = {key: value for key, value in home.items() if value}
    return {key: value for key, value in entry.items() if value}


def _licence(licence: str | None) -> str | None:
    if licence is None or identifier(licence) is not None:
        return licence
    return f"https://spdx.org/licenses/{licence}" if " " not in licence else licence


def _address(value: JsonValue) -> str | None:
    found = identifier(value) if isinstance(value, str) else None
    return found.value if found is not None and found.kind == "URL" else None


def _engine(view: View, run: DigitalObject | None) -> DigitalObject | None:
    agents = [] if run is None else view.ahead(run.iri, Predicate.WAS_ASSOCIATED_WITH)
    return next((agent for agent in agents if agent.kind is Kind.ENGINE), None)


def _language(view: View, run: DigitalObject | None) -> Entry:
    engine = _engine(view, run)
    version = None if engine is None else line(engine.attributes.get("software_version"))
    return {**SNAKEMAKE, "version": version} if version else SNAKEMAKE


def _requirements(view: View, run: DigitalObject | None) -> list[JsonValue]:
    """Return the engine and every package of the environments of a run, by name."""
    engine = _engine(view, run)
    activities = [] if run is None else [run, *view.behind(run.iri, Predicate.WAS_PART_OF)]
    used = {item.iri: item for activity in activities for item in view.ahead(activity.iri, Predicate.USED)}
    environments = [item for item in used.values() if item.kind is Kind.ENVIRONMENT]
    packages = {pack.iri: pack for item in environments for pack in view.ahead(item.iri, Predicate.HAD_MEMBER)}
    ordered = sorted(packages.values(), key=lambda package: (package.label, package.iri))
    return [_software(thing) for thing in ([engine] if engine is not None else []) + ordered]


def _software(thing: DigitalObject) -> Entry:
    purl = next((name for name in thing.identifiers if name.startswith("pkg:")), None)
    entry: Entry = {
        "@type": "SoftwareApplication",
        "identifier": purl,
        "name": line(thing.attributes.get("name")) or line(thing.label),
        "version": line(thing.attributes.get("software_version")),
        "url": _address(thing.attributes.get("url")),
    }
    return {key: value for key, value in entry.items() if value}


def _system(run: DigitalObject | None) -> str | None:
    platform = None if run is None else line(run.attributes.get("platform"))
    return platform.partition("-")[0] if platform else None
