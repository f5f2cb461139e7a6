"""Addresses of the worker's phone page, of the desks, and of what a citizen takes back."""

from django.urls import path

from dispatch import batches, citizen, desk, desks, unit_day, work

urlpatterns = [
    path("work/", work.page, name="work"),
    path("work/offline.js", work.offline, name="work-offline"),
    path("work/<int:order_id>/<str:step>", work.take_step, name="work-step"),
    path("desk/find", desk.find, name="desk-find"),
    path("desk/batches/", batches.page, name="batches"),
    path("desk/<str:number>/", desk.incident, name="desk-incident"),
    path("desk/<str:number>/act/<slug:name>", desk.act, name="desk-act"),
    path("desk/<str:number>/offer", desk.offer, name="desk-offer"),
    path("desk/<str:number>/place", desk.place, name="desk-place"),
    path("late/", desks.late_summary, name="late-summary"),
    path("desks/<slug:name>/", desks.show, name="desk"),
    path("desks/<slug:name>/undo", desks.undo, name="desk-undo"),
    path("desks/<slug:name>/all/<slug:action>", desks.several, name="desk-several"),
    path("t/<str:tracking_code>/withdraw", citizen.withdraw, name="withdraw"),
    path("unit/workers/", unit_day.page, name="unit-workers"),
]
