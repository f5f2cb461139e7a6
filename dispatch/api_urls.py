"""Addresses below /api/ for workers' phones."""

from django.urls import path

from dispatch.api import PositionView

urlpatterns = [path("worker/position", PositionView.as_view(), name="api-worker-position")]
