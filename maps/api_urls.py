"""Addresses below /api/ for the maps and for staff's own tools."""

from django.urls import path

from maps import api

urlpatterns = [
    path("incidents.geojson", api.incidents, name="api-incidents"),
    path("workers.geojson", api.workers, name="api-workers"),
    path("workers/<str:username>/trail.geojson", api.trail, name="api-trail"),
    path("incidents/<str:number>", api.IncidentView.as_view(), name="api-incident"),
]
