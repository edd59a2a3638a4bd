"""Who made, publishes, ran and paid for a thing, as DataCite has it."""

import re
from typing import TypeAlias

from snakemake_heliport.export import bibliography as said
from snakemake_heliport.export.citation import Creator
from snakemake_heliport.export.plain import texts
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Predicate

Record: TypeAlias = dict[str, JsonValue]

GRANT = re.compile(r"(?P<funder>.+?)[,;:(]\s*(?:grant|award|project|contract|no\.?|nr\.?)\s+(?P<award>[^)]+?)\)?", re.I)


def person_entry(creator: Creator) -> Record:
    """Return a person or an organization with its ORCID and affiliation."""
    person: Record = {
        "name": creator.name,
        "nameType": "Organizational" if creator.organization else "Personal",
        "givenName": creator.given,
        "familyName": creator.family,
    }
    if creator.orcid:
        scheme = {"nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org"}
        person["nameIdentifiers"] = [{"nameIdentifier": f"https://orcid.org/{creator.orcid}", **scheme}]
    if creator.affiliation:
        home: Record = {"name": creator.affiliation}
        if creator.ror:
            home.update(
                affiliationIdentifier=creator.ror, affiliationIdentifierScheme="ROR", schemeUri="https://ror.org"
            )
        person["affiliation"] = [home]
    return {key: value for key, value in person.items() if value is not None}


def publisher(creators: list[Creator]) -> Record:
    """Return who makes a thing available: the first house that an author belongs to."""
    home = next((creator for creator in creators if creator.affiliation), None)
    if home is None:
        return {"name": said.UNKNOWN}
    publisher: Record = {"name": home.affiliation}
    if home.ror:
        publisher.update(publisherIdentifier=home.ror, publisherIdentifierScheme="ROR", schemeUri="https://ror.org")
    return publisher


def contributors(view: View, thing: DigitalObject, creators: list[Creator]) -> list[JsonValue]:
    """Return who ran the workflow, where that is someone else than the authors."""
    ran = said.people_of(view, thing, Predicate.WAS_ASSOCIATED_WITH)
    known = {creator.name for creator in creators}
    others = [person for person in ran if person.name not in known]
    return [{**person_entry(person), "contributorType": "Other"} for person in others]


def funding(project: DigitalObject | None) -> list[JsonValue]:
    """Return who funds a project; a grant that is told in the words `Funder, grant 4711` is taken apart."""
    entries: list[JsonValue] = []
    for words in texts(project.attributes.get("funding")) if project is not None else ():
        found = GRANT.fullmatch(words)
        entries.append(
            {"funderName": words}
            if found is None
            else {"funderName": found["funder"].strip(), "awardNumber": found["award"]}
        )
    return entries
