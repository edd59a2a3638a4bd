"""The root of a crate: what it is, what it conforms to, what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from snakemake_heliport.export.crate.build import Build, latest, moment
from snakemake_heliport.export.crate.people import People
from snakemake_heliport.export.crate.profiles import (
    PROCESS,
    PROFILES,
    PROVENANCE,
    WORKFLOW,
    WORKFLOW_CRATE,
    one,
    ref,
    refs,
)
from snakemake_heliport.model import DigitalObject, Kind

METADATA = "ro-crate-metadata.json"
README = "README.md"
PREVIEW = "ro-crate-preview.html"


@dataclass(frozen=True, slots=True)
class Head:
    """What a crate says of itself in short, for its readers."""

    name: str
    description: str
    published: str
    license: str | None
    authors: list[str]
    keywords: list[str]


def head_of(build: Build, runs: Sequence[DigitalObject], people: People) -> Head:
    """Return the title, description, date, licence and authors of a crate."""
    view = build.view
    project = next(iter(view.of_kind(Kind.PROJECT)), None)
    workflow = next(iter(view.of_kind(Kind.WORKFLOW)), None)
    titled = project or workflow
    name = titled.label if titled is not None else "Records of a Snakemake workflow"
    jobs = sum(1 for _ in view.of_kind(Kind.JOB))
    count = f"{len(runs)} runs" if len(runs) != 1 else "one run"
    default = f"Provenance of {count} of a Snakemake workflow with {jobs} jobs, as recorded by snakemake-heliport."
    description = (project.description if project is not None else None) or default
    known = {} if project is None else project.attributes
    license_, keywords = known.get("license"), known.get("keywords")
    return Head(
        build.texts.clean(name),
        build.texts.clean(description),
        _published(build, runs),
        license_ if isinstance(license_, str) else None,
        people.authors(),
        [str(word) for word in keywords] if isinstance(keywords, list) else [],
    )


def _published(build: Build, runs: Sequence[DigitalObject]) -> str:
    """Return the end of what happened last: a crate of the same record is the same, whenever it is written."""
    for things in (runs, list(build.view.objects.values())):
        found = latest(
            thing.attributes.get(name) for thing in things for name in ("ended", "started", "modified", "created")
        )
        if found is not None:
            return moment(found) or found
    return "1970-01-01T00:00:00.000+00:00"


def write_root(build: Build, head: Head, main: str | None, profiles: Sequence[str], parts: Sequence[str]) -> None:
    """Write the root, the readme, the metadata file itself and the profiles that they conform to."""
    people, entities = People(build), build.entities
    project = next(iter(build.view.of_kind(Kind.PROJECT)), None)
    known = {} if project is None else project.attributes
    for profile in profiles:
        name, version = PROFILES[profile]
        entities.add(profile, build.release.profile_type, name=name, version=version)
    specification = [build.release.specification, *(profile for profile in profiles if profile == WORKFLOW_CRATE)]
    entities.add(METADATA, "CreativeWork", about=ref("./"), conformsTo=refs(specification))
    entities.add(README, "File", name="README", about=ref("./"), encodingFormat="text/markdown")
    entities.add(PREVIEW, "CreativeWork", name="Preview of this crate", about=ref("./"))
    funding = known.get("funding")
    entities.add(
        "./",
        "Dataset",
        name=head.name,
        description=head.description,
        datePublished=head.published,
        license=ref(people.license(head.license)),
        author=refs(head.authors),
        publisher=ref(people.publisher()),
        conformsTo=refs(profiles),
        keywords=one(head.keywords),
        funding=one([str(grant) for grant in funding]) if isinstance(funding, list) else None,
        url=known.get("url"),
        mainEntity=None if main is None else ref(main),
        hasPart=refs([README, *parts]),
        mentions=refs([*build.actions, *build.collections, *_data_sources(build)]),
    )


def _data_sources(build: Build) -> list[str]:
    found = []
    for source in build.view.of_kind(Kind.DATA_SOURCE):
        description = build.text(source.description)
        url = source.attributes.get("url")
        build.entities.add(source.iri, "CreativeWork", name=source.label, description=description, url=url)
        found.append(source.iri)
    return found


def profiles_of(*, run: bool, tools: bool, actions: bool) -> list[str]:
    """Return the profiles that a crate keeps: what is not told of a run cannot conform to a profile of runs.

    Args:
        run: A run of the main workflow is told of.
        tools: At least one rule of it ran.
        actions: Anything that happened is told of.
    """
    if run:
        return [PROCESS, WORKFLOW, *([PROVENANCE] if tools else []), WORKFLOW_CRATE]
    return [PROCESS] if actions else []


def licenses(build: Build) -> None:
    """Write the licences of single files."""
    people = People(build)
    for thing in build.view.of_kind(Kind.FILE, Kind.DIRECTORY, Kind.LOG, Kind.CONFIG, Kind.SOURCE):
        name = thing.attributes.get("license")
        if isinstance(name, str):
            people.license(name)
