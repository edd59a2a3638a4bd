"""Software: the engine, environments with their packages, and container images."""

import re
from urllib.parse import unquote

from snakemake_heliport.export.crate.build import Build
from snakemake_heliport.export.crate.entities import short_digest
from snakemake_heliport.export.crate.names import base_name, tool_id
from snakemake_heliport.export.crate.profiles import DOCUMENTATION, refs
from snakemake_heliport.identity import part
from snakemake_heliport.model import DigitalObject, Kind, Predicate

TERM = "https://w3id.org/ro/terms/workflow-run#"
_PACKAGE = re.compile(r"pkg:(?P<type>\w+)/(?P<name>[^@?]+)@(?P<version>[^?]+)")
_IMAGE = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?(?:(?P<registry>[^/]+[.:][^/]*|localhost)/)?(?P<name>[^:@]+)(?::(?P<tag>[\w.-]+))?"
    r"(?:@sha256:(?P<sha256>[0-9a-f]{64}))?"
)
REGISTRIES = {"shub": "singularity-hub.org", "library": "cloud.sylabs.io"}


class Software:
    """Writes what ran the jobs and what they ran in."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def engine(self, activity: str) -> str:
        """Write the engine of a run, and return its id."""
        agents = self._build.view.ahead(activity, Predicate.WAS_ASSOCIATED_WITH)
        engine = next((agent for agent in agents if agent.kind is Kind.ENGINE), None)
        iri = tool_id("urn:uuid:engine/snakemake" if engine is None else engine.iri)
        version = "unknown" if engine is None else str(engine.attributes.get("software_version") or "unknown")
        self._build.entities.add(
            iri,
            "SoftwareApplication",
            name="Snakemake",
            version=version,
            url="https://snakemake.readthedocs.io",
            softwareRequirements=refs(self.environment(found) for found in self._environments(activity)),
        )
        return iri

    def tracker(self, version: str | None) -> str:
        """Write what kept track of a training run that no rule made, and return its id."""
        iri = tool_id(f"urn:uuid:tracker/mlflow/{version or 'unknown'}")
        self._build.entities.add(
            iri, "SoftwareApplication", name="MLflow", version=version or "unknown", url="https://mlflow.org"
        )
        return iri

    def _environments(self, activity: str) -> list[DigitalObject]:
        used = self._build.view.ahead(activity, Predicate.USED)
        return [thing for thing in used if thing.kind is Kind.ENVIRONMENT]

    def environment(self, environment: DigitalObject) -> str:
        """Write an environment with its packages, and return its id; its version is the digest of what is in it."""
        iri = tool_id(environment.iri)
        if iri not in self._build.entities:
            members = self._build.view.ahead(environment.iri, Predicate.HAD_MEMBER)
            packages = [package for package in members if package.kind is Kind.PACKAGE]
            self._build.entities.add(
                iri,
                "SoftwareApplication",
                name=self._build.texts.clean(environment.label),
                description="The packages that were installed when the jobs ran.",
                version=short_digest("\n".join(package.iri for package in packages)),
                url=DOCUMENTATION,
                identifier=environment.iri,
                softwareRequirements=refs([self._package(package) for package in packages]),
            )
        return iri

    def _package(self, package: DigitalObject) -> str:
        url = _page(package.iri)
        iri = url or tool_id(package.iri)
        self._build.entities.add(
            iri,
            "SoftwareApplication",
            name=str(package.attributes.get("name") or package.label),
            version=str(package.attributes.get("software_version") or "unknown"),
            url=iri,
            identifier=package.iri,
        )
        return iri

    def image(self, container: DigitalObject) -> str:
        """Write a container image, and return its id."""
        text = str(container.attributes.get("image") or container.label)
        found = _IMAGE.fullmatch(text)
        local = text.endswith((".sif", ".img")) and not re.match(r"[a-z]+://", text)
        known = {} if local or found is None else found.groupdict()
        scheme = known.get("scheme") or "docker"
        registry = known.get("registry") or REGISTRIES.get(scheme, "docker.io")
        name = known.get("name") or base_name(text)
        if scheme == "docker" and registry == "docker.io" and "/" not in name:
            name = f"library/{name}"
        kind = "SIFImage" if local or scheme in REGISTRIES else "DockerImage"
        self._build.entities.add(TERM + kind, "DefinedTerm", name=kind)
        self._build.entities.add(
            container.iri,
            "ContainerImage",
            additionalType={"@id": TERM + kind},
            # An image in a file comes from no registry but the file system.
            registry="file" if local else registry,
            name=name,
            tag=known.get("tag") or (None if local or known.get("sha256") else "latest"),
            sha256=known.get("sha256"),
        )
        return container.iri


def _page(purl: str) -> str | None:
    """Return the page of a package's version where its registry has one."""
    found = _PACKAGE.match(purl)
    if found is None:
        return None
    name, version = unquote(found["name"]), unquote(found["version"])
    if found["type"] == "pypi":
        return f"https://pypi.org/project/{name}/{version}/"
    channel = re.search(r"[?&]channel=([\w.-]+)", purl)
    if found["type"] == "conda" and channel:
        build = re.search(r"[?&]build=([\w.-]+)", purl)
        page = f"https://anaconda.org/{channel[1]}/{name}/files?version={version}"
        return f"{page}&build={build[1]}" if build else page
    return None


def usage_id(subject: str, name: str, repeat: object) -> str:
    """Return the id of a measurement."""
    return part(subject, "usage", name, *([] if repeat is None else [str(repeat)]))
