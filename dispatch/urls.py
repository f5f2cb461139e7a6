"""Addresses of the worker's phone page, of the desks, and of what a citizen takes back."""

from django.urls import path

from dispatch import (
    batches,
    boundaries_desk,
    catalogue_desk,
    citizen,
    desk,
    desks,
    hand_over_desk,
    rota_desk,
    unit_day,
    work,
)

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
    path("rota/", rota_desk.page, name="rota"),
    path("rota/<int:worker_id>/", rota_desk.one, name="rota-worker"),
    path("rota/<int:worker_id>/change", rota_desk.note, name="rota-note"),
    path("rota/<int:worker_id>/hours", rota_desk.place, name="rota-place"),
    path("rota/<int:worker_id>/change/<int:change_id>", rota_desk.remove, name="rota-remove"),
    path("boundaries/", boundaries_desk.files, name="boundaries"),
    path("boundaries/upload", boundaries_desk.upload, name="boundaries-upload"),
    path("boundaries/<uuid:uid>", boundaries_desk.one, name="boundaries-file"),
    path(
        "boundaries/<uuid:uid>/areas.geojson", boundaries_desk.outlines, name="boundaries-outlines"
    ),
    path("boundaries/<uuid:uid>/<slug:name>", boundaries_desk.step, name="boundaries-step"),
    path("catalogue/", catalogue_desk.page, name="catalogue"),
    path("catalogue/rules.csv", catalogue_desk.export, name="catalogue-export"),
    path("catalogue/report", catalogue_desk.report, name="catalogue-report"),
    path("catalogue/trial", catalogue_desk.trial, name="catalogue-trial"),
    path("catalogue/<slug:name>", catalogue_desk.step, name="catalogue-step"),
    path("hand-overs/", hand_over_desk.page, name="hand-overs"),
    path("hand-overs/<int:hand_over_id>", hand_over_desk.decide, name="hand-over-decide"),
]
