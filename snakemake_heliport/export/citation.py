"""Reading `CITATION.cff`, in which authors of software say how to cite it (https://citation-file-format.github.io)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.guard import refuse_secret
from snakemake_heliport.export.machine import without_places
from snakemake_heliport.export.text import representable

NAME = "CITATION.cff"
# Beside the workflow: in the working directory, or with the Snakefile in the usual layout.
FOLDERS = (".", "workflow")
LARGEST = 1_000_000  # bytes; a larger file was not written by hand


@dataclass(frozen=True, slots=True)
class Creator:
    """Who made a thing: a person or an organization, as it is cited.

    Attributes:
        orcid: The bare ORCID, `0000-0002-1825-0097`.
        ror: The address of the affiliation, `https://ror.org/…`.
    """

    name: str
    given: str | None = None
    family: str | None = None
    orcid: str | None = None
    affiliation: str | None = None
    ror: str | None = None
    organization: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """What a `CITATION.cff` says, as far as the forms ask for it."""

    title: str | None = None
    abstract: str | None = None
    authors: tuple[Creator, ...] = ()
    keywords: tuple[str, ...] = ()
    license: str | None = None
    version: str | None = None
    doi: str | None = None
    repository: str | None = None
    url: str | None = None
    released: str | None = None


def read_citation(workdir: Path | None) -> Citation | None:
    """Return what the `CITATION.cff` of a working directory says; None where there is none.

    Raises:
        HeliportError: It cannot be read, or something in it looks like a secret.
    """
    if workdir is None:
        return None
    path = next((place for folder in FOLDERS if (place := workdir / folder / NAME).is_file()), None)
    return None if path is None else _parsed(path)


def _parsed(path: Path) -> Citation:
    import yaml

    try:
        if path.stat().st_size > LARGEST:
            raise HeliportError(f"{path}: too large for a citation file; shorten it or take it away")
        content = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise HeliportError(f"{path}: cannot be read ({reason}); mend it, or take it away") from error
    if not isinstance(content, dict):
        return Citation()
    for key, value in content.items():
        refuse_secret(value, f"{path}: {key}")
    return _citation(content)


def _citation(content: Mapping[Any, Any]) -> Citation:
    authors = (_author(entry) for entry in _listed(content.get("authors")))
    licences = content.get("license")
    return Citation(
        title=_text(content.get("title")),
        abstract=_text(content.get("abstract")),
        authors=tuple(author for author in authors if author is not None),
        keywords=tuple(word for entry in _listed(content.get("keywords")) if (word := _text(entry))),
        license=_text(licences[0] if isinstance(licences, list) and licences else licences),
        version=_text(content.get("version")),
        doi=_text(content.get("doi")),
        repository=_text(content.get("repository-code")),
        url=_text(content.get("url")),
        released=_text(content.get("date-released")),
    )


def _author(entry: Any) -> Creator | None:
    if not isinstance(entry, dict):
        return None
    given = _text(entry.get("given-names"))
    parts = (_text(entry.get(key)) for key in ("name-particle", "family-names", "name-suffix"))
    family = " ".join(part for part in parts if part) or None
    organization = _text(entry.get("name"))
    name = organization or ", ".join(part for part in (family, given) if part) or _text(entry.get("alias"))
    if not name:
        return None
    orcid = _text(entry.get("orcid"))
    return Creator(
        name=name,
        given=None if organization else given,
        family=None if organization else family,
        orcid=orcid.rstrip("/").rpartition("/")[2] if orcid else None,
        affiliation=_text(entry.get("affiliation")),
        organization=organization is not None,
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """Return a scalar as text; YAML makes dates and numbers of what is meant as text."""
    if value is None or isinstance(value, list | dict):
        return None
    printable = "".join(c if c.isprintable() else " " for c in representable(str(value)))
    return without_places(" ".join(printable.split())) or None
