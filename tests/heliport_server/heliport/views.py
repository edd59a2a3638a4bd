"""The REST API: one view a table, and the landing page of an object."""

import hashlib

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.metadata import SimpleMetadata
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from . import serializers
from .linked_data import CONTEXT, JSONLDRenderer, PageRenderer, with_context
from .models import DataSource, DigitalObject, ObjectGraph, Project
from .references import References
from .rights import MayWrite, theirs, visible

BULK_LIMIT = 1000


class TooMany(APIException):
    """A longer list than one request may bring."""

    status_code = 413
    default_detail = f"At most {BULK_LIMIT} at once."


class Pages(PageNumberPagination):
    """Pages of a hundred, or as many as asked for."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000


class Metadata(SimpleMetadata):
    """What OPTIONS tells: beside the fields, filters and whether lists may be posted."""

    def determine_metadata(self, request, view):
        """Return REST framework's own metadata and ours."""
        metadata = {**super().determine_metadata(request, view), "filters": list(getattr(view, "filters", ()))}
        if getattr(view, "bulk", False) and settings.BULK:
            metadata["bulk"] = {"create": True, "limit": BULK_LIMIT}
        return metadata


class TableView(ModelViewSet):
    """List, make, read, change and delete the rows of one table."""

    permission_classes = (IsAuthenticatedOrReadOnly, MayWrite)
    pagination_class = Pages
    metadata_class = Metadata
    http_method_names = ("get", "post", "patch", "delete", "head", "options")
    bulk = False
    filters: tuple[str, ...] = ()

    def get_serializer_context(self):
        """Return the context, with what the request names."""
        return {**super().get_serializer_context(), "references": References(self.request)}

    def filter_queryset(self, queryset):
        """Narrow a list to what the query asks for; several values of one name are alternatives."""
        if self.detail:
            return queryset
        for name in self.filters:
            values = self.request.query_params.getlist(name)
            if values:
                queryset = queryset.filter(self.condition(name, values))
        return queryset

    def condition(self, name: str, values: list[str]) -> Q:
        """Return the condition for one filter."""
        return Q(**{f"{name}__in": numbers(name, values) if name in ("subject", "object") else values})

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        """Make one row, or each of a list, or none of it."""
        many = isinstance(request.data, list)
        if many and not (self.bulk and settings.BULK):
            raise ValidationError("Lists are not taken here.")
        if many and len(request.data) > BULK_LIMIT:
            raise TooMany
        serializer = self.get_serializer(data=request.data, many=many)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)

    @transaction.atomic
    def update(self, request, *args, **kwargs):
        """Change a row."""
        return super().update(request, *args, **kwargs)

    def finalize_response(self, request, response, *args, **kwargs):
        """Add the JSON-LD context."""
        if request.method != "OPTIONS" and response.status_code < 300 and hasattr(response, "data"):
            response.data = with_context(response.data, request)
        return super().finalize_response(request, response, *args, **kwargs)


def numbers(name: str, values: list[str]) -> list[int]:
    """Return ids of a query as numbers."""
    if not all(value.isdecimal() for value in values):
        raise ValidationError({name: ["A valid integer is required."]})
    return [int(value) for value in values]


class DigitalObjectView(TableView):
    """All digital objects, of whatever type."""

    serializer_class = serializers.DigitalObjectSerializer
    model = DigitalObject
    lookup_field = "digital_object_id"
    bulk = True
    filters = ("identifier", "project", "search")

    def get_queryset(self):
        """Return what the asker may see."""
        return visible(self.request.user, self.model.objects.all())

    def condition(self, name, values):
        """Return the condition for one filter, by what the asker may see of an object."""
        mine = theirs(self.request.user)
        if name == "project":
            placed = DigitalObject.projects.through.objects.filter(project__digital_object_id__in=numbers(name, values))
            return Q(digital_object_id__in=placed.values("digitalobject")) & (mine | Q(projects_is_public=True))
        if name == "search":
            found = Q(label__icontains=values[0]) & (mine | Q(label_is_public=True))
            return found | Q(description__icontains=values[0]) & (mine | Q(description_is_public=True))
        named = DigitalObject.objects.filter(identifiers__identifier__in=values)
        return Q(digital_object_id__in=named.values("pk"))

    @action(detail=True, methods=["get", "post"], parser_classes=[MultiPartParser])
    def attachments(self, request, **kwargs):
        """List an object's files, or add one."""
        thing = self.owned()
        if request.method == "GET":
            return Response(serializers.AttachmentSerializer(thing.attachments.defer("content"), many=True).data)
        upload = request.FILES.get("file")
        if upload is None:
            raise ValidationError({"file": ["No file was submitted."]})
        content = upload.read()
        added = thing.attachments.create(
            name=request.data.get("name", upload.name),
            media_type=upload.content_type,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            content=content,
        )
        return Response(serializers.AttachmentSerializer(added).data, status=201)

    @action(detail=True, url_path=r"attachments/(?P<attachment_id>\d+)")
    def attachment(self, request, attachment_id, **kwargs):
        """Return the bytes of a file."""
        found = get_object_or_404(self.owned().attachments, pk=attachment_id)
        return HttpResponse(found.content, content_type=found.media_type)

    def owned(self):
        """Return the object, if it is the asker's: files have no public flag."""
        thing = self.get_object()
        if not thing.is_mine:
            self.permission_denied(self.request, message=MayWrite.message)
        return thing


class ObjectGraphView(DigitalObjectView):
    """Object graphs."""

    serializer_class = serializers.ObjectGraphSerializer
    model = ObjectGraph
    bulk = False


class DataSourceView(DigitalObjectView):
    """Data sources."""

    serializer_class = serializers.DataSourceSerializer
    model = DataSource
    bulk = False


class ProjectView(DigitalObjectView):
    """Projects."""

    serializer_class = serializers.ProjectSerializer
    model = Project
    bulk = False


class AboutView(TableView):
    """What is said of objects: seen where they are, and where it is public or the subject one's own."""

    bulk = True
    ends = ("subject",)

    def get_queryset(self):
        """Return what the asker may see."""
        seen = visible(self.request.user).values("pk")
        mine = DigitalObject.objects.filter(theirs(self.request.user)).values("pk")
        rows = self.serializer_class.Meta.model.objects.filter(Q(is_public=True) | Q(subject__in=mine))
        return rows.filter(**{f"{end}__in": seen for end in self.ends})


class RelationView(AboutView):
    """Relations; by their predicate they are asked for with its IRI."""

    serializer_class = serializers.RelationSerializer
    filters = ("subject", "predicate", "object")
    ends = ("subject", "object")

    def get_queryset(self):
        """Return what the asker may see."""
        return super().get_queryset().select_related("predicate")

    def condition(self, name, values):
        """Return the condition for one filter."""
        return Q(predicate__label__in=values) if name == "predicate" else super().condition(name, values)


class AttributeView(AboutView):
    """Attributes."""

    serializer_class = serializers.AttributeSerializer
    filters = ("subject", "property")


class LandingPage(APIView):
    """Where an object's `@id` leads: a page, or JSON-LD for who accepts that."""

    renderer_classes = (PageRenderer, JSONLDRenderer, JSONRenderer)

    def get(self, request, digital_object_id):
        """Return what the asker may see of the object."""
        thing = get_object_or_404(visible(request.user), pk=digital_object_id)
        fields = serializers.DigitalObjectSerializer(thing, context={"request": request}).data
        return Response(with_context(fields, request))


def context(request):
    """Return the JSON-LD context."""
    return JsonResponse({"@context": CONTEXT}, content_type="application/ld+json")
