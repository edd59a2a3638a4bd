"""The JSON forms of HELIPORT's tables. Each can make many rows at once: one request, one transaction."""

from django.conf import settings
from django.db.models import prefetch_related_objects
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied

from .models import (
    Attachment,
    DataSource,
    DigitalObject,
    DigitalObjectAttribute,
    DigitalObjectIdentifier,
    DigitalObjectRelation,
    ObjectGraph,
    Project,
    mint_handles,
)
from .references import ObjectReference, ProjectList
from .rights import shown


class Taken(APIException):
    """An identifier that another object of the same project has (only with `--unique`)."""

    status_code = 409

    def __init__(self, conflicts: list[dict]):
        first = conflicts[0]
        self.detail = {
            "detail": f"Object {first['digital_object_id']} has the identifier {first['identifier']}.",
            "digital_object_id": first["digital_object_id"],
            "conflicts": conflicts,
        }


class ManyAtOnce(serializers.ListSerializer):
    """Makes a list the way one is made."""

    def create(self, rows):
        """Return what was made, in order."""
        return self.child.create_all(rows)


class RowSerializer(serializers.ModelSerializer):
    """A table whose rows come one by one or in lists."""

    def create(self, row):
        """Make one."""
        return self.create_all([row])[0]

    def create_all(self, rows):
        """Make many."""
        return self.Meta.model.objects.bulk_create(self.Meta.model(**row) for row in rows)


class IdentifierSerializer(serializers.ModelSerializer):
    """A persistent identifier inside its object."""

    class Meta:
        model = DigitalObjectIdentifier
        fields = ("scheme", "identifier", "display_text", "url", "immutable")
        read_only_fields = ("immutable",)

    def validate_scheme(self, scheme):
        """Refuse handles: the server alone mints them."""
        if scheme == "handle":
            raise serializers.ValidationError("Handles are minted by the server.")
        return scheme


class DigitalObjectSerializer(RowSerializer):
    """A digital object with its identifiers and the ids of its projects."""

    digital_object_id = serializers.IntegerField(read_only=True)
    projects = ProjectList(required=False)
    identifiers = IdentifierSerializer(many=True, required=False)

    class Meta:
        model = DigitalObject
        list_serializer_class = ManyAtOnce
        exclude = ("persistent_id", "generated_persistent_id", "deleted")
        read_only_fields = ("owner",)

    def to_representation(self, thing):
        """Return what the asker may see, with the address of the landing page."""
        address = self.context["request"].build_absolute_uri(f"/object/{thing.digital_object_id}/")
        return shown(thing, {"@id": address, **super().to_representation(thing)})

    def create_all(self, rows):
        """Make objects, put them into projects, name them, and have handles minted."""
        related = [(row.pop("projects", []), row.pop("identifiers", [])) for row in rows]
        if settings.UNIQUE_IDENTIFIERS:
            refuse_taken(related)
        owner = self.context["request"].user
        things = self.insert([self.Meta.model(owner=owner, **row) for row in rows])
        relate([(thing.digital_object_id, *lists) for thing, lists in zip(things, related, strict=True)])
        prefetch_related_objects(things, "identifiers", "projects")
        return things

    def insert(self, things):
        """Save new objects."""
        return DigitalObject.objects.bulk_create(things)

    def update(self, thing, row):
        """Change fields; lists that are given replace what was there, but for what the server minted."""
        projects, identifiers = row.pop("projects", None), row.pop("identifiers", None)
        thing = super().update(thing, row)
        if projects is not None:
            thing.projects.clear()
        if identifiers is not None:
            thing.identifiers.filter(immutable=False).delete()
        relate([(thing.digital_object_id, projects or [], identifiers or [])])
        thing._prefetched_objects_cache = {}
        return thing


def relate(rows: list[tuple]) -> None:
    """Put each (object id, projects, identifiers) into the tables beside the object's own, and mint its handle."""
    place = DigitalObject.projects.through
    place.objects.bulk_create(
        place(digitalobject_id=thing, project=project) for thing, projects, _ in rows for project in projects
    )
    DigitalObjectIdentifier.objects.bulk_create(
        DigitalObjectIdentifier(digital_object_id=thing, **identifier)
        for thing, _, identifiers in rows
        for identifier in identifiers
    )
    mint_handles([thing for thing, _, _ in rows])


def refuse_taken(related: list[tuple]) -> None:
    """Raise if a live object of the same project, or one before it in this list, has one of the identifiers."""
    names = {identifier["identifier"] for _, identifiers in related for identifier in identifiers}
    taken = {
        (name, project): thing
        for name, project, thing in DigitalObjectIdentifier.objects.filter(
            identifier__in=names, digital_object__deleted=None
        ).values_list("identifier", "digital_object__projects", "digital_object_id")
    }
    conflicts = []
    for index, (projects, identifiers) in enumerate(related):
        keys = [(each["identifier"], project.pk) for each in identifiers for project in projects]
        conflicts += [
            {"index": index, "identifier": key[0], "digital_object_id": taken[key]} for key in keys if key in taken
        ]
        taken.update(dict.fromkeys(keys))
    if conflicts:
        raise Taken(conflicts)


class TypedSerializer(DigitalObjectSerializer):
    """An object of a child table, which Django saves one by one."""

    def insert(self, things):
        """Save new objects."""
        for thing in things:
            thing.save()
        return things


class ProjectSerializer(TypedSerializer):
    """A project."""

    class Meta(DigitalObjectSerializer.Meta):
        model = Project
        exclude = (*DigitalObjectSerializer.Meta.exclude, "digitalobject_ptr")
        read_only_fields = ("owner", "co_owners")


class DataSourceSerializer(TypedSerializer):
    """A place of data."""

    class Meta(DigitalObjectSerializer.Meta):
        model = DataSource
        exclude = (*DigitalObjectSerializer.Meta.exclude, "digitalobject_ptr")


class ObjectGraphSerializer(TypedSerializer):
    """A graph, with the ids of its nodes; nodes that are given replace the old ones."""

    nodes = serializers.ListField(child=ObjectReference(), required=False, write_only=True)

    class Meta(DigitalObjectSerializer.Meta):
        model = ObjectGraph
        exclude = (*DigitalObjectSerializer.Meta.exclude, "digitalobject_ptr")

    def to_representation(self, thing):
        """Return the graph with its nodes."""
        fields = super().to_representation(thing)
        return shown(thing, {**fields, "nodes": list(thing.nodes.values_list("pk", flat=True))})

    def create(self, row):
        """Make a graph."""
        nodes = row.pop("nodes", [])
        graph = super().create(row)
        graph.nodes.set(nodes)
        return graph

    def update(self, thing, row):
        """Change a graph."""
        nodes = row.pop("nodes", None)
        graph = super().update(thing, row)
        if nodes is not None:
            graph.nodes.set(nodes)
        return graph


class AboutSerializer(RowSerializer):
    """What is said of a subject: only who may write the subject says something of it."""

    subject = ObjectReference()

    def validate_subject(self, subject):
        """Refuse the subjects of others."""
        if not subject.is_mine:
            raise PermissionDenied("You have no right to change this object.")
        return subject

    def to_representation(self, row):
        """Return the fields, with the address of the row itself."""
        path = f"/api/{self.Meta.path}/{row.pk}/"
        return {"@id": self.context["request"].build_absolute_uri(path), **super().to_representation(row)}


class RelationSerializer(AboutSerializer):
    """A relation; the predicate is an id or an IRI, and both are told."""

    predicate = ObjectReference(by_iri=True)
    predicate_iri = serializers.CharField(source="predicate.label", read_only=True)
    object = ObjectReference()

    class Meta:
        model = DigitalObjectRelation
        list_serializer_class = ManyAtOnce
        path = "digital-object-relations"
        fields = ("digital_object_relation_id", "subject", "predicate", "predicate_iri", "object", "is_public")


class AttributeSerializer(AboutSerializer):
    """A property with a plain value."""

    class Meta:
        model = DigitalObjectAttribute
        list_serializer_class = ManyAtOnce
        path = "digital-object-attributes"
        fields = ("digital_object_attribute_id", "subject", "property", "value", "is_public")


class AttachmentSerializer(serializers.ModelSerializer):
    """A file, without its bytes."""

    class Meta:
        model = Attachment
        fields = ("attachment_id", "name", "media_type", "sha256", "size")
