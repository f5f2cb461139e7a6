"""Addresses of the maps."""

from django.urls import path

from maps import views

urlpatterns = [
    path("map/", views.live_map, name="live-map"),
    path("heatmap/", views.heatmap, name="heatmap"),
]
