"""The paths. As with HELIPORT, each ends in a slash, and the same path without it is not found."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from . import views

router = DefaultRouter()
router.include_format_suffixes = False
router.register("digital-objects/complete", views.DigitalObjectView, basename="digital-object")
router.register("digital-object-relations", views.RelationView, basename="relation")
router.register("digital-object-attributes", views.AttributeView, basename="attribute")
router.register("object-graphs", views.ObjectGraphView, basename="object-graph")
router.register("data-sources", views.DataSourceView, basename="data-source")
router.register("projects", views.ProjectView, basename="project")

urlpatterns = [
    path("api/context/", views.context),
    path("api/", include(router.urls)),
    path("object/<int:digital_object_id>/", views.LandingPage.as_view()),
]
