"""HELIPORT's tables, with the column names that its documentation shows; the rest is the simplest that works."""

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone

HANDLE_PREFIX = "20.500.12865"


class DigitalObject(models.Model):
    """Anything worth a landing page; typed objects are child tables of this one."""

    digital_object_id = models.AutoField(primary_key=True)
    persistent_id = models.TextField(blank=True, default="")
    generated_persistent_id = models.TextField(blank=True, default="")
    category = models.CharField(max_length=200, blank=True, default="")
    label = models.TextField(blank=True, default="")
    label_is_public = models.BooleanField(default=False)
    description = models.TextField(blank=True, default="")
    description_is_public = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    last_modified = models.DateTimeField(auto_now=True)
    last_modified_is_public = models.BooleanField(default=False)
    deleted = models.DateTimeField(null=True, default=None)
    permission = models.CharField(max_length=50, blank=True, default="")
    special_heliport_role = models.CharField(max_length=50, blank=True, default="", db_index=True)
    is_helper = models.BooleanField(default=False)
    projects = models.ManyToManyField("Project", blank=True, related_name="contents")
    projects_is_public = models.BooleanField(default=False)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="owned")
    members_is_public = models.BooleanField(default=False)

    class Meta:
        ordering = ("digital_object_id",)

    def delete(self, *_, **__) -> None:
        """Mark as deleted; HELIPORT keeps what was once there."""
        self.deleted = timezone.now()
        self.save(update_fields=["deleted"])


class Project(DigitalObject):
    """What people share; rights on an object come from the projects it is in."""

    project_id = models.AutoField(primary_key=True)
    digitalobject_ptr = models.OneToOneField(DigitalObject, on_delete=models.CASCADE, parent_link=True)
    namespace = models.CharField(max_length=100)
    co_owners = models.ManyToManyField(User, blank=True, related_name="shared_projects")

    @classmethod
    def of(cls, user):
        """Return the projects that a user may write to."""
        return cls.objects.filter(Q(owner=user) | Q(co_owners=user), deleted=None).distinct()


class ObjectGraph(DigitalObject):
    """A picture of some objects."""

    object_graph_id = models.AutoField(primary_key=True)
    digitalobject_ptr = models.OneToOneField(DigitalObject, on_delete=models.CASCADE, parent_link=True)
    nodes = models.ManyToManyField(DigitalObject, blank=True, related_name="graphs")


class DataSource(DigitalObject):
    """Where data lies."""

    PROTOCOL_CHOICES = ("https", "http", "ftp", "ftps", "file", "ssh", "other")

    data_source_id = models.AutoField(primary_key=True)
    digitalobject_ptr = models.OneToOneField(DigitalObject, on_delete=models.CASCADE, parent_link=True)
    uri = models.TextField()
    protocol = models.CharField(max_length=10, choices=[(name, name) for name in PROTOCOL_CHOICES], default="other")


class DigitalObjectIdentifier(models.Model):
    """A name that outlives this server: a DOI, an ORCID, a handle, the IRI of a term."""

    digital_object_identifier_id = models.AutoField(primary_key=True)
    scheme = models.CharField(max_length=100)
    immutable = models.BooleanField(default=False)
    identifier = models.TextField(db_index=True)
    display_text = models.TextField(blank=True, default="")
    url = models.TextField(blank=True, default="")
    digital_object = models.ForeignKey(DigitalObject, on_delete=models.CASCADE, related_name="identifiers")

    class Meta:
        ordering = ("digital_object_identifier_id",)


class DigitalObjectRelation(models.Model):
    """`subject predicate object`, where the predicate is an object of the vocabulary. Nothing forbids doubles."""

    digital_object_relation_id = models.AutoField(primary_key=True)
    subject = models.ForeignKey(DigitalObject, on_delete=models.CASCADE, related_name="relations")
    predicate = models.ForeignKey(DigitalObject, on_delete=models.PROTECT, related_name="uses")
    object = models.ForeignKey(DigitalObject, on_delete=models.CASCADE, related_name="reverse_relations")
    is_public = models.BooleanField(default=False)

    class Meta:
        ordering = ("digital_object_relation_id",)


class DigitalObjectAttribute(models.Model):
    """A property of an object whose value is plain JSON."""

    digital_object_attribute_id = models.AutoField(primary_key=True)
    subject = models.ForeignKey(DigitalObject, on_delete=models.CASCADE, related_name="attributes")
    property = models.TextField(db_index=True)
    value = models.JSONField(null=True)
    is_public = models.BooleanField(default=False)

    class Meta:
        ordering = ("digital_object_attribute_id",)


class Attachment(models.Model):
    """A file that somebody put on an object."""

    attachment_id = models.AutoField(primary_key=True)
    digital_object = models.ForeignKey(DigitalObject, on_delete=models.CASCADE, related_name="attachments")
    name = models.TextField()
    media_type = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ("attachment_id",)


class NamedToken(models.Model):
    """What a script logs in with."""

    key = models.CharField(max_length=100, primary_key=True)
    name = models.CharField(max_length=100)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    expires = models.DateTimeField(null=True, default=None)


def mint_handles(ids: list[int]) -> None:
    """Give each of these objects that is in a project its handle: the project's namespace and the object's key."""
    have = DigitalObjectIdentifier.objects.filter(scheme="handle", digital_object__in=ids)
    places = (
        DigitalObject.projects.through.objects.filter(digitalobject__in=ids)
        .exclude(digitalobject__in=have.values("digital_object"))
        .values_list("digitalobject_id", "project__namespace")
    )
    DigitalObjectIdentifier.objects.bulk_create(handle(namespace, thing) for thing, namespace in dict(places).items())


def handle(namespace: str, thing: int) -> DigitalObjectIdentifier:
    """Return the handle of an object, not yet saved."""
    name = f"{HANDLE_PREFIX}/{namespace}.{thing}"
    return DigitalObjectIdentifier(
        scheme="handle",
        immutable=True,
        identifier=name,
        display_text=f"hdl:{name}",
        url=f"https://hdl.handle.net/{name}",
        digital_object_id=thing,
    )


def predicates_of(iris: set[str]) -> dict[str, DigitalObject]:
    """Return the vocabulary's objects for these IRIs; a term that is not known yet becomes one."""
    found = {
        known.identifier: known.digital_object
        for known in DigitalObjectIdentifier.objects.filter(
            scheme="iri", identifier__in=iris, digital_object__special_heliport_role="predicate"
        ).select_related("digital_object")
    }
    for iri in sorted(iris - found.keys()):
        term = DigitalObject.objects.create(
            label=iri, label_is_public=True, category="Property", special_heliport_role="predicate", is_helper=True
        )
        term.identifiers.create(scheme="iri", immutable=True, identifier=iri, display_text=iri, url=iri)
        found[iri] = term
    return found
