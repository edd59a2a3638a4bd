"""A software environment: the packages in it."""

from collections.abc import Iterator

from snakemake_heliport.explorer.context import Context
from snakemake_heliport.explorer.parts import Cell, Section, plain, table
from snakemake_heliport.lineage.near import Near
from snakemake_heliport.model import DigitalObject, Kind, Predicate

SHOWN = 10


def environment(near: Near, context: Context) -> Iterator[Section]:
    """Yield the sections of a software environment."""
    found = sorted(near.things(Predicate.HAD_MEMBER, kinds=(Kind.PACKAGE,)), key=lambda one: one.label.lower())
    rows = [
        (Cell(_name(one), context.site.url(one.iri), kind=one.kind), plain(one.attributes.get("software_version")))
        for one in found
    ]
    yield Section("Packages", table=table(("Package", "Version"), rows), count=len(rows), shown=SHOWN)


def _name(package: DigitalObject) -> str:
    return plain(package.attributes.get("name")) or package.label
