"""People, organizations, the project and its licence; what nobody said is said to be so, and not made up."""

from urllib.parse import quote

from snakemake_heliport.export.crate.build import Build
from snakemake_heliport.export.crate.files import license_id
from snakemake_heliport.export.crate.profiles import DOCUMENTATION, ref
from snakemake_heliport.model import DigitalObject, Kind, Predicate

NOT_STATED = "#not-stated"
NO_LICENSE = "#license-not-stated"


class People:
    """Writes who made and who ran the workflow."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def runner(self, activity: str | None) -> str:
        """Return the id of the person who started a run or training run."""
        agents = self._build.view.ahead(activity or "", Predicate.WAS_ASSOCIATED_WITH)
        person = next((agent for agent in agents if agent.kind is Kind.PERSON), None)
        return self.not_stated() if person is None else self.person(person)

    def authors(self) -> list[str]:
        """Return the ids of the authors of the workflows, else of those who ran them."""
        view = self._build.view
        found = [
            a for workflow in view.of_kind(Kind.WORKFLOW) for a in view.out(workflow.iri, Predicate.WAS_ATTRIBUTED_TO)
        ]
        found = found or [a for run in view.of_kind(Kind.RUN) for a in view.out(run.iri, Predicate.WAS_ASSOCIATED_WITH)]
        people = (view.objects.get(iri) for iri in dict.fromkeys(relation.object for relation in found))
        ids = [self.person(person) for person in people if person is not None and person.kind is Kind.PERSON]
        return ids or [self.not_stated()]

    def person(self, person: DigitalObject) -> str:
        """Write a person and where they work."""
        if person.iri not in self._build.entities:
            self._build.entities.add(
                person.iri, "Person", name=person.label, affiliation=ref(self.employer(person)), email=_email(person)
            )
        return person.iri

    def employer(self, person: DigitalObject) -> str:
        """Return the id of the organization that a person belongs to."""
        home = next(iter(self._build.view.ahead(person.iri, Predicate.HAS_AFFILIATION)), None)
        return self.not_stated() if home is None else self._organization(home)

    def publisher(self) -> str:
        """Return the id of the organization behind the first author."""
        objects = self._build.view.objects
        people = (objects[iri] for iri in self.authors() if iri in objects)
        return next((self.employer(person) for person in people), self.not_stated())

    def not_stated(self) -> str:
        """Write what stands for a person or organization that nobody named."""
        self._build.entities.add(
            NOT_STATED,
            "Organization",
            name="Not stated",
            description="Nobody said who this is; `people` in heliport.yaml says it.",
            url=DOCUMENTATION,
        )
        return NOT_STATED

    def _organization(self, home: DigitalObject) -> str:
        # Of an organization without a ROR identifier, the address of the search for it is known.
        url = home.iri if home.iri.startswith("http") else f"https://ror.org/search?query={quote(home.label)}"
        self._build.entities.add(home.iri, "Organization", name=home.label, url=url)
        return home.iri

    def license(self, name: str | None) -> str:
        """Write a licence, or that there is none."""
        if name is None:
            self._build.entities.add(
                NO_LICENSE,
                "CreativeWork",
                name="No licence stated",
                description="Without a licence nobody but the authors may reuse this; `license` under `project` in "
                "heliport.yaml states one.",
            )
            return NO_LICENSE
        iri = license_id(name)
        self._build.entities.add(
            iri, "CreativeWork", name=name, description=f"The licence {name}, by its SPDX name.", identifier=iri
        )
        return iri


def _email(person: DigitalObject) -> str | None:
    email = person.attributes.get("email")
    return f"mailto:{email}" if isinstance(email, str) else None
