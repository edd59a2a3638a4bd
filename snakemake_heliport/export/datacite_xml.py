"""DataCite metadata as XML (kernel 4.7): the record of `datacite`, element by element."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.datacite import SCHEMA, records_of
from snakemake_heliport.export.identifiers import SWHID
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.model import JsonValue
from snakemake_heliport.store import Store

XSI = "http://www.w3.org/2001/XMLSchema-instance"
PLACE = f"{SCHEMA} https://schema.datacite.org/meta/kernel-4.7/metadata.xsd"
# XML demands an identifier also before there is one: DataCite's word for "to be assigned".
TO_BE_ASSIGNED = ":tba"
# JSON name -> XML wrapper, element, name of its text, and attributes (JSON name -> XML name).
LISTS: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("titles", "title", "title", {}),
    ("subjects", "subject", "subject", {}),
    ("dates", "date", "date", {"dateType": "dateType", "dateInformation": "dateInformation"}),
    (
        "alternateIdentifiers",
        "alternateIdentifier",
        "alternateIdentifier",
        {"alternateIdentifierType": "alternateIdentifierType"},
    ),
    (
        "relatedIdentifiers",
        "relatedIdentifier",
        "relatedIdentifier",
        {
            "relatedIdentifierType": "relatedIdentifierType",
            "relationType": "relationType",
            "resourceTypeGeneral": "resourceTypeGeneral",
        },
    ),
    (
        "rightsList",
        "rights",
        "rights",
        {
            "rightsUri": "rightsURI",
            "rightsIdentifier": "rightsIdentifier",
            "rightsIdentifierScheme": "rightsIdentifierScheme",
            "schemeUri": "schemeURI",
        },
    ),
    ("descriptions", "description", "description", {"descriptionType": "descriptionType"}),
)


def write_datacite_xml(store: Store, selection: Selection, stream: BinaryIO, workdir: Path | None = None) -> None:
    """Write the record of the one thing that a selection is about.

    Args:
        workdir: Where the workflow lies, whose `CITATION.cff` may name authors.

    Raises:
        HeliportError: The selection is about several things.
    """
    found = records_of(store, selection, workdir)
    if len(found) != 1:
        raise HeliportError(
            f"datacite-xml describes one thing, and this selection has {len(found)}; choose one, or use datacite-json"
        )
    ET.register_namespace("", SCHEMA)
    ET.register_namespace("xsi", XSI)
    resource = _resource(found[0])
    ET.indent(resource)
    stream.write(ET.tostring(resource, encoding="utf-8", xml_declaration=True) + b"\n")


def _resource(record: Mapping[str, JsonValue]) -> ET.Element:
    resource = ET.Element(f"{{{SCHEMA}}}resource", {f"{{{XSI}}}schemaLocation": PLACE})
    _put(resource, "identifier", record.get("doi", TO_BE_ASSIGNED), {"identifierType": "DOI"})
    _people(resource, "creators", "creator", record)
    _people(resource, "contributors", "contributor", record)
    publisher, types = _fields(record["publisher"]), _fields(record["types"])
    names = {"publisherIdentifier": "publisherIdentifier", "publisherIdentifierScheme": "publisherIdentifierScheme"}
    _put(resource, "publisher", publisher["name"], _attributes(publisher, {**names, "schemeUri": "schemeURI"}))
    _put(resource, "publicationYear", record["publicationYear"])
    general = {"resourceTypeGeneral": str(types["resourceTypeGeneral"])}
    _put(resource, "resourceType", types["resourceType"], general)
    for name, element, value, attributes in LISTS:
        wrapper = _wrapper(resource, name, record)
        for entry in _entries(record, name):
            _put(wrapper, element, *_archived(str(entry[value]), _attributes(entry, attributes)))
    for name, element in (("sizes", "size"), ("formats", "format")):
        wrapper = _wrapper(resource, name, record)
        for item in _items(record, name):
            _put(wrapper, element, item)
    if record.get("version"):
        _put(resource, "version", record["version"])
    wrapper = _wrapper(resource, "fundingReferences", record)
    for entry in _entries(record, "fundingReferences"):
        reference = _put(wrapper, "fundingReference")
        for key in ("funderName", "awardNumber"):
            if entry.get(key):
                _put(reference, key, entry[key])
    return resource


def _archived(value: str, attributes: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return an address in the Software Heritage archive as what it is: since 4.7 there is a type for it."""
    found = SWHID.fullmatch(value) if "relatedIdentifierType" in attributes else None
    return (value, attributes) if found is None else (found[1], {**attributes, "relatedIdentifierType": "SWHID"})


def _people(resource: ET.Element, name: str, element: str, record: Mapping[str, JsonValue]) -> None:
    wrapper = _wrapper(resource, name, record)
    for entry in _entries(record, name):
        person = _put(wrapper, element, None, _attributes(entry, {"contributorType": "contributorType"}))
        _put(person, f"{element}Name", entry["name"], _attributes(entry, {"nameType": "nameType"}))
        for key in ("givenName", "familyName"):
            if entry.get(key):
                _put(person, key, entry[key])
        for said in _entries(entry, "nameIdentifiers"):
            scheme = {"nameIdentifierScheme": "nameIdentifierScheme", "schemeUri": "schemeURI"}
            _put(person, "nameIdentifier", said["nameIdentifier"], _attributes(said, scheme))
        for said in _entries(entry, "affiliation"):
            names = {key: key for key in ("affiliationIdentifier", "affiliationIdentifierScheme")}
            _put(person, "affiliation", said["name"], _attributes(said, {**names, "schemeUri": "schemeURI"}))


def _wrapper(resource: ET.Element, name: str, record: Mapping[str, JsonValue]) -> ET.Element:
    """Return the element that holds a list; one of an empty list belongs to nothing, so it is not written."""
    return _put(resource, name) if record.get(name) else ET.Element(name)


def _put(
    parent: ET.Element, name: str, value: JsonValue = None, attributes: Mapping[str, str] | None = None
) -> ET.Element:
    element = ET.SubElement(parent, f"{{{SCHEMA}}}{name}", dict(attributes or {}))
    element.text = None if value is None else str(value)
    return element


def _attributes(entry: Mapping[str, JsonValue], names: Mapping[str, str]) -> dict[str, str]:
    return {xml: str(entry[key]) for key, xml in names.items() if entry.get(key)}


def _items(entry: Mapping[str, JsonValue], name: str) -> list[JsonValue]:
    found = entry.get(name)
    return found if isinstance(found, list) else []


def _entries(entry: Mapping[str, JsonValue], name: str) -> Iterable[Mapping[str, JsonValue]]:
    return [item for item in _items(entry, name) if isinstance(item, dict)]


def _fields(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}
