"""The terms of our crates, as the contexts of the specifications define them: nothing is fetched to validate."""

from snakemake_heliport.export.crate.profiles import RUN_CONTEXT, VERSIONS, Entity

SCHEMA = "http://schema.org/"
RUN = "https://w3id.org/ro/terms/workflow-run#"
SCHEMA_TERMS = """
ActivateAction Collection ComputerLanguage ControlAction CreateAction CreativeWork Dataset DefinedTerm HowTo HowToStep
Organization OrganizeAction Person PropertyValue SoftwareApplication SoftwareSourceCode WebSite about actionStatus
additionalType affiliation agent alternateName author contentSize contentUrl creator dateCreated dateModified
datePublished description email encodingFormat endTime error exampleOfWork funding hasPart identifier instrument
isBasedOn isPartOf keywords license mainEntity mentions name object position programmingLanguage propertyID publisher
result sdDatePublished softwareRequirements softwareVersion startTime step text unitCode url value variableMeasured
version workExample
"""
RUN_TERMS = """
ParameterConnection ContainerImage DockerImage SIFImage connection sourceParameter targetParameter md5 sha1 sha256
sha512 environment registry tag containerImage resourceUsage
"""
COMMON = {
    "File": f"{SCHEMA}MediaObject",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
    "dct": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
NEWER = {
    "buildInstructions": "https://codemeta.github.io/terms/buildInstructions",
    "Profile": "http://www.w3.org/ns/dx/prof/Profile",
}
# The terms of Bioschemas have other addresses in each version.
BIOSCHEMAS = {
    "1.1": {
        "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
        "FormalParameter": "https://bioschemas.org/FormalParameter",
        "input": "https://bioschemas.org/ComputationalWorkflow#input",
        "output": "https://bioschemas.org/ComputationalWorkflow#output",
    },
    "1.2": {
        "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
        "FormalParameter": "https://bioschemas.org/FormalParameter",
        "input": "https://bioschemas.org/properties/input",
        "output": "https://bioschemas.org/properties/output",
        **NEWER,
    },
    "1.3": {
        "ComputationalWorkflow": "https://bioschemas.org/terms/ComputationalWorkflow",
        "FormalParameter": "https://bioschemas.org/terms/FormalParameter",
        "input": "https://bioschemas.org/terms/input",
        "output": "https://bioschemas.org/terms/output",
        **NEWER,
    },
}


def contexts() -> dict[str, Entity]:
    """Return the contexts by their addresses, each with no more than the terms that our crates use."""
    schema = {term: f"{SCHEMA}{term}" for term in SCHEMA_TERMS.split()}
    found: dict[str, Entity] = {
        f"https://w3id.org/ro/crate/{version}/context": {"@context": {**schema, **COMMON, **BIOSCHEMAS[version]}}
        for version in VERSIONS
    }
    found[RUN_CONTEXT] = {"@context": {term: f"{RUN}{term}" for term in RUN_TERMS.split()}}
    return found
