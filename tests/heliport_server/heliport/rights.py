"""Who may read and write what: a token says who asks, projects say what is theirs, flags say what is public."""

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from .models import DigitalObject, NamedToken, Project

FLAGS = ("label_is_public", "description_is_public", "last_modified_is_public", "projects_is_public")
SHOWN_TO_ALL = {"@id", "digital_object_id", "category", "created", "special_heliport_role", "identifiers"}


class NamedTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …`, until the token expires."""

    model = NamedToken

    def authenticate_credentials(self, key):
        """Return user and token, as REST framework wants them."""
        user, token = super().authenticate_credentials(key)
        if token.expires and token.expires < timezone.now():
            raise AuthenticationFailed("Token has expired.")
        return user, token


class MayWrite(BasePermission):
    """Only who has a project (or made the object) changes what is in it."""

    message = "You have no right to change this object."

    def has_object_permission(self, request, view, thing):
        """Tell whether the request may do this to the thing, or to what the thing is about."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return True
        about = getattr(thing, "subject_id", None) or thing.digital_object_id
        return DigitalObject.objects.filter(theirs(request.user), digital_object_id=about).exists()


def theirs(user) -> Q:
    """Return the condition that an object is the user's: own, a project, or in a project."""
    if not user.is_authenticated:
        return Q(pk__in=[])
    projects = Project.of(user)
    placed = DigitalObject.projects.through.objects.filter(project__in=projects)
    return (
        Q(owner=user)
        | Q(digital_object_id__in=placed.values("digitalobject"))
        | Q(digital_object_id__in=projects.values("digital_object_id"))
    )


def public() -> Q:
    """Return the condition that something of an object is public."""
    condition = Q()
    for flag in FLAGS:
        condition |= Q(**{flag: True})
    return condition


def visible(user, queryset=None):
    """Return what a user may see of these objects, each marked whether all of it."""
    queryset = DigitalObject.objects.all() if queryset is None else queryset
    mine = theirs(user)
    return (
        queryset.filter(public() | mine, deleted=None)
        .annotate(is_mine=ExpressionWrapper(mine, output_field=BooleanField()))
        .prefetch_related("identifiers", "projects")
    )


def shown(thing: DigitalObject, fields: dict) -> dict:
    """Return the fields of a thing that the asker may see: what was just written, or is theirs, whole."""
    if getattr(thing, "is_mine", True):
        return fields
    return {
        name: value
        for name, value in fields.items()
        if name in SHOWN_TO_ALL or getattr(thing, f"{name}_is_public", False)
    }
