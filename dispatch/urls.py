"""Addresses of the worker's phone page and of the dispatcher's desk."""

from django.urls import path

from dispatch import desk, work

urlpatterns = [
    path("work/", work.page, name="work"),
    path("work/<int:order_id>/<str:step>", work.take_step, name="work-step"),
    path("desk/<str:number>/", desk.incident, name="desk-incident"),
    path("desk/<str:number>/offer", desk.offer, name="desk-offer"),
    path("desk/<str:number>/place", desk.place, name="desk-place"),
]
