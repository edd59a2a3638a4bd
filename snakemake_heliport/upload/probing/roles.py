"""Which field of a server plays which part: by what it means, by what it is called, and by the values that it takes."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from snakemake_heliport.upload.probing.context import comparable
from snakemake_heliport.upload.probing.seen import Field, Form, spelling
from snakemake_heliport.upload.server.names import expanded

STATED = "stated by its JSON-LD"
GUESSED = "guessed from its name"


class Role(NamedTuple):
    """A part that a field can play.

    Attributes:
        means: IRIs, with our prefixes or those below, with spaces between them.
        names: Names, in one spelling, with spaces between them.
        forms: The forms that its values may have; none is any.
    """

    means: str
    names: str
    forms: tuple[Form, ...] = ()


class Found(NamedTuple):
    """A field that plays a part, and how that is known."""

    field: Field
    how: str


# Namespaces that contexts of servers name, and our own vocabulary does not.
FURTHER = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "adms": "http://www.w3.org/ns/adms#",
    "as": "https://www.w3.org/ns/activitystreams#",
    "datacite": "http://purl.org/spar/datacite/",
}
TEXTS: tuple[Form, ...] = ("text", "any")
WORDS: tuple[Form, ...] = ("text", "any", "number")

# Meanings with prefixes, and names in one spelling: the best first.
ROLES = {
    "label": Role(
        "rdfs:label dcterms:title schema:name dc:title skos:prefLabel foaf:name schema:headline",
        "label title name displayname displaylabel caption heading objectname headline",
        TEXTS,
    ),
    "description": Role(
        "dcterms:description schema:description dc:description dcterms:abstract schema:abstract rdfs:comment "
        "skos:definition",
        "description summary abstract desc comment notes details about text body",
        TEXTS,
    ),
    "kind": Role(
        "dcterms:type schema:additionalType dc:type rdf:type",
        "category kind type objecttype resourcetype class entitytype itemtype nodetype doctype",
        WORDS,
    ),
    "identifiers": Role(
        "schema:identifier dcterms:identifier adms:identifier datacite:hasIdentifier dc:identifier "
        "schema:sameAs owl:sameAs skos:exactMatch prov:alternateOf",
        "identifiers identifier pids sameas externalidentifiers externalids alternateidentifiers "
        "externalidentifier externalid alternateids alternateof persistentidentifiers pid sourceid foreignid "
        "externaliri sourceiri aliases ids iri",
        ("text", "list", "any"),
    ),
    "project": Role(
        "dcterms:isPartOf schema:isPartOf foaf:currentProject schema:project",
        "projects project projectid projectids collection collections collectionid workspace workspaceid "
        "space group partof ispartof container folder parent",
        ("text", "number", "list", "mapping", "any"),
    ),
    "created": Role(
        "dcterms:created schema:dateCreated prov:generatedAtTime dcterms:issued",
        "created createdat datecreated creationdate createdon createddate added inserted",
        ("text", "time", "number", "any"),
    ),
    "deleted": Role(
        "prov:invalidatedAtTime",
        "deleted isdeleted deletedat deletedon removed archived tombstone trashed",
        ("text", "time", "flag", "any"),
    ),
    "uri": Role(
        "dcat:accessURL dcat:endpointURL schema:contentUrl dcterms:source schema:url prov:atLocation",
        "uri accessurl sourceurl location contenturl downloadurl endpoint endpointurl url href",
        TEXTS,
    ),
    "protocol": Role(
        "",
        "protocol scheme protocoltype connectiontype transport",
        TEXTS,
    ),
    "visibility": Role(
        "dcterms:accessRights schema:conditionsOfAccess schema:isAccessibleForFree dcterms:rights",
        "visibility ispublic public access accessrights accesslevel audience published isopen isprivate "
        "private open sharing shared permission",
        ("text", "flag", "any"),
    ),
    "relations": Role(
        "prov:qualifiedInfluence dcterms:relation schema:relatedLink",
        "relations links relationships edges statements triples relation related relatedobjects outgoing "
        "connections associations qualifiedinfluence provenance",
        ("list", "any"),
    ),
    "attributes": Role(
        "schema:additionalProperty schema:variableMeasured",
        "attributes properties facts metadata parameters additionalproperties additionalproperty values "
        "customfields extra annotations data fields",
        ("list", "mapping", "any"),
    ),
    "subject": Role(
        "rdf:subject",
        "subject subjectid source from sourceid fromid start tail digitalobject owner parent object objectid "
        "thing item entity s",
    ),
    "predicate": Role(
        "rdf:predicate prov:hadRole as:relationship",
        "predicate rel relation relationtype predicateid relationship type kind verb property role edgetype "
        "linktype name label p",
        ("text", "any", "number", "mapping"),
    ),
    "object": Role(
        "rdf:object prov:influencer prov:entity as:object",
        "object target to objectid targetid toid related relatedobject other destination end head href entity "
        "ref resource id @id value o",
    ),
    "property": Role(
        "rdf:predicate schema:propertyID",
        "property propertyiri propertyid predicate attribute key term name label type",
        WORDS,
    ),
    "value": Role(
        "rdf:value schema:value",
        "value val literal content data object",
    ),
    "scheme": Role(
        "schema:propertyID datacite:usesIdentifierScheme adms:schemeAgency",
        "scheme schema type system authority kind identifiertype propertyid source namespace",
        TEXTS,
    ),
    "identifier": Role(
        "schema:value skos:notation dcterms:identifier schema:identifier rdf:value",
        "identifier value id pid iri uri name text @id notation",
        TEXTS,
    ),
    "members": Role(
        "prov:hadMember dcterms:hasPart schema:hasPart",
        "nodes members objects digitalobjects hadmember elements entities haspart parts contents things items",
        ("list", "any"),
    ),
    "landing": Role(
        "dcat:landingPage foaf:page schema:mainEntityOfPage",
        "landingpage landingpageurl htmlurl weburl page pageurl homepage",
        TEXTS,
    ),
    "file": Role(
        "",
        "file content upload attachment data",
    ),
}


def play(role: str, fields: Mapping[str, Field], taken: Collection[str] = ()) -> Found | None:
    """Return the field that plays a part best, None where none does.

    Args:
        taken: Names of fields that play other parts.
    """
    part = ROLES[role]
    free = [field for name, field in fields.items() if name not in taken]
    fitting = [field for field in free if not part.forms or field.form in part.forms]
    for meaning in map(whole, part.means.split()):
        for field in fitting:
            if field.iri is not None and comparable(field.iri) == meaning:
                return Found(field, STATED)
    for name in part.names.split():
        for field in fitting:
            if (field.name if name[:1] == "@" else spelling(field.name)) == name:
                return Found(field, GUESSED)
    return None


def whole(meaning: str) -> str:
    """Return the IRI behind a meaning in the table, in one spelling."""
    prefix, _, rest = meaning.partition(":")
    return comparable(FURTHER[prefix] + rest if prefix in FURTHER else expanded(meaning))
