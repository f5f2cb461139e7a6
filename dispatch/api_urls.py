"""Addresses below /api/ for workers' phones."""

from django.urls import path

from dispatch.api import PositionView
from dispatch.position_api import PositionsView

urlpatterns = [
    path("worker/position", PositionView.as_view(), name="api-worker-position"),
    path("positions", PositionsView.as_view(), name="api-positions"),
]
