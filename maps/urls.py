"""Addresses of the maps, of the bulletins and of what is published of them."""

from django.urls import path
from django.views.decorators.http import require_safe

from maps import (
    areas_page,
    bulletins,
    clusters_page,
    courses,
    equity_page,
    heat_page,
    open_page,
    results,
    tiles,
    topics,
    views,
)

urlpatterns = [
    path("map/", views.live_map, name="live-map"),
    path("heatmap/", heat_page.heatmap, name="heatmap"),
    path("heatmap/days.json", heat_page.days, name="heatmap-days"),
    path("heatmap/points.json", heat_page.points, name="heatmap-points"),
    path("heatmap/hot-spots/", heat_page.hot, name="heatmap-hot"),
    path("heatmap/incidents/", heat_page.behind, name="heatmap-behind"),
    path("clusters/", clusters_page.clusters, name="clusters"),
    path("bulletins/", bulletins.months, name="bulletins"),
    path("bulletins/courses/", courses.courses, name="bulletin-courses"),
    path("bulletins/<str:month>/", bulletins.show, name="bulletin"),
    path("bulletins/<str:month>/sheet.xlsx", bulletins.sheet, name="bulletin-sheet"),
    path("bulletins/<str:month>/paper.pdf", bulletins.paper_of, name="bulletin-paper"),
    path("bulletins/<str:month>/restate", bulletins.restate, name="bulletin-restate"),
    path("bulletins/<str:month>/behind/<slug:figure>", bulletins.behind, name="bulletin-behind"),
    path("areas/", areas_page.show, name="areas"),
    path("areas/areas.csv", areas_page.sheet, name="areas-sheet"),
    path("areas/areas.geojson", areas_page.layer, name="areas-layer"),
    path("areas/areas.html", areas_page.page, name="areas-page"),
    path("tiles/incidents/<int:zoom>/<int:x>/<int:y>.mvt", tiles.incidents, name="tile"),
    path("equity/", equity_page.show, name="equity"),
    path("open-data", open_page.show, name="open-data"),
    path("open-data/feed.atom", require_safe(open_page.Days()), name="open-feed"),
    path("open-data/datapackage.json", open_page.package, name="open-package"),
    path("open-data/latest.<slug:kind>", open_page.latest, name="open-latest"),
    path("open-data/incidents-<str:day>.<slug:kind>", open_page.file, name="open-file"),
    path("results", results.show, name="results"),
    path("results/feed.atom", require_safe(results.Months()), name="results-feed"),
    path("results/<str:month>.csv", results.sheet, name="results-sheet"),
    path("topics", topics.topics, name="topics"),
    path("topics/<slug:slug>", topics.topic, name="topic"),
]
