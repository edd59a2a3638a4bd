"""How JSON names objects: by `digital_object_id`, a predicate also by its IRI.

What one request names is looked up together: one by one, a list of a thousand relations would ask three thousand times.
"""

from functools import cached_property

from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from .models import DigitalObject, Project, predicates_of
from .rights import visible


class References:
    """The objects that a request names and its user may see."""

    def __init__(self, request):
        self._request = request

    @cached_property
    def objects(self) -> dict[int, DigitalObject]:
        """Return the named objects by their ids."""
        names = [row.get(key) for row in self._rows for key in ("subject", "predicate", "object")]
        for row in self._rows:
            names += row["nodes"] if isinstance(row.get("nodes"), list) else ()
        ids = [name for name in names if isinstance(name, int)]
        return {thing.pk: thing for thing in visible(self._request.user).filter(pk__in=ids).prefetch_related(None)}

    @cached_property
    def predicates(self) -> dict[str, DigitalObject]:
        """Return the named predicates by their IRIs; new ones come into being."""
        names = [row.get("predicate") for row in self._rows]
        return predicates_of({name for name in names if isinstance(name, str) and ":" in name})

    @cached_property
    def projects(self) -> dict[int, Project]:
        """Return all projects that the user may see."""
        known = visible(self._request.user, Project.objects.all()).prefetch_related(None)
        return {project.digital_object_id: project for project in known}

    @cached_property
    def _rows(self) -> list[dict]:
        data = self._request.data
        return [row for row in (data if isinstance(data, list) else [data]) if isinstance(row, dict)]


class ObjectReference(serializers.Field):
    """An object by its id; `by_iri` takes an IRI as well."""

    def __init__(self, by_iri=False, **options):
        self.by_iri = by_iri
        super().__init__(**options)

    def get_attribute(self, thing):
        """Return the id, without asking the database for the object."""
        return getattr(thing, f"{self.source}_id")

    def to_representation(self, value):
        """Return the id."""
        return value

    def to_internal_value(self, name):
        """Return the object."""
        references = self.context["references"]
        if isinstance(name, str) and self.by_iri:
            found = references.predicates.get(name)
        else:
            found = references.objects.get(name) if isinstance(name, int) else None
        if found is None:
            raise serializers.ValidationError(f"There is no object {name!r}.")
        return found


class ProjectList(serializers.ListField):
    """The projects of an object by their ids; one without rights is an error."""

    child = serializers.IntegerField()

    def to_representation(self, projects):
        """Return the ids."""
        return [project.digital_object_id for project in projects.all()]

    def to_internal_value(self, data):
        """Return the projects."""
        known = self.context["references"].projects
        ids = super().to_internal_value(data)
        unknown = [key for key in ids if key not in known]
        if unknown:
            raise serializers.ValidationError(f"There is no project {unknown[0]}.")
        if not all(known[key].is_mine for key in ids):
            raise PermissionDenied("You have no right to this project.")
        return [known[key] for key in ids]
