from django.urls import path

from districts import api

urlpatterns = [
    path("locate", api.locate_position, name="locate"),
    path("divisions", api.search_divisions, name="divisions"),
    path("divisions.geojson", api.outlines, name="divisions-geojson"),
]
