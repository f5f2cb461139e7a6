"""Addresses of the citizen's pages and of the public API."""

from django.urls import path

from incidents import api, showing, views

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
        "t/<str:tracking_code>/media/<uuid:uid>/<str:copy>",
        showing.tracked,
        name="tracked-media",
    ),
    path("media/<uuid:uid>/original", showing.original, name="original"),
    path("media/<uuid:uid>/<str:copy>", showing.for_staff, name="media"),
    path("openings", showing.openings, name="openings"),
]
