"""Addresses of the citizen's pages and of the public API."""

from django.urls import path

from incidents import api, views

api_urlpatterns = [
    path("reports", api.ReportsView.as_view(), name="api-reports"),
    path("reports/nearby", api.nearby, name="api-nearby"),
    path("reports/<str:tracking_code>", api.TrackView.as_view(), name="api-track"),
    path("categories", api.categories, name="api-categories"),
]
urlpatterns = [
    path("", views.report, name="report"),
    path("track", views.find, name="find"),
    path("t/<str:tracking_code>", views.track, name="track"),
    path(
        "t/<str:tracking_code>/photos/<uuid:uid>/<str:copy>",
        views.tracked_photo,
        name="tracked-photo",
    ),
    path("photos/<uuid:uid>/<str:copy>", views.photo, name="photo"),
]
