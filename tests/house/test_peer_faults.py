"""The closest peer's faults, each reproduced there, none of them here (design.md, last paragraph).

Most have more tests where the rule lives; here each is told once, so that the list stays whole.
"""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from accounts.scope import Scope
from dispatch import assigning, cooperation, engine
from dispatch.models import Rule, WorkOrder
from districts.models import Division
from incidents import vault
from incidents.contact_figures import figures
from incidents.errors import Refused
from incidents.models import Channel, Contact, Incident, Media, Report
from incidents.tasks import sweep_media
from tests.conftest import (
    BEIJING,
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    Town,
    WorkerMaker,
    photo,
)
from tests.incidents.conftest import body, post, post_photos

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def test_a_point_outside_every_polygon_is_refused_or_stands_in_a_queue(
    town: Town, web: Client, incident: IncidentMaker
) -> None:
    answer = post(web, body(BEIJING))
    assert answer.status_code == 422
    assert "position" in answer.json()["errors"]
    assert not Report.objects.exists()
    # By telephone nobody can set another pin: it is kept, with a reason, before a person's eyes.
    kept = incident(BEIJING, channel=Channel.TELEPHONE)
    assert (kept.status, kept.waiting) == ("triage", "outside")


def test_the_throttle_counts_who_knocks_and_not_what_they_claim(town: Town, web: Client) -> None:
    codes = [
        web.post(
            "/api/reports", body(), content_type="application/json",
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        ).status_code
        for n in range(61)
    ]  # fmt: skip
    assert codes[-1] == 429


def test_no_photo_that_is_served_says_where_it_was_taken(town: Town, web: Client) -> None:
    filed = post_photos(web, ("here.jpg", photo(LUXUN_PARK))).json()
    sweep_media()
    uid = Media.objects.get().uid
    for copy in ("display", "thumb"):
        answer = web.get(f"/t/{filed['tracking_code']}/media/{uid}/{copy}")
        assert answer.status_code == 200
        assert not dict(Image.open(BytesIO(answer.getvalue())).getexif())


def test_a_cut_photo_and_a_wrong_box_are_answered_in_words(
    town: Town, web: Client, person: PersonMaker, logged_in: LogIn
) -> None:
    cut = SimpleUploadedFile("cut.jpg", photo()[:400])
    answer = web.post("/api/reports", body() | {"media": cut})
    assert answer.status_code in (400, 415)
    assert "media" in answer.json()["errors"]
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    for box in ("nan,41,124,42", "124,42,123,41", "1,2,3"):
        refused = desk.get("/api/incidents.geojson", {"bbox": box})
        assert refused.status_code == 400
        assert "bbox" in refused.json()["errors"]


def test_a_palette_gif_breaks_no_later_page(town: Town, web: Client) -> None:
    file = BytesIO()
    Image.new("P", (40, 40)).save(file, "GIF")
    assert post_photos(web, ("moving.gif", file.getvalue())).status_code == 415
    palette = BytesIO()
    Image.effect_noise((40, 40), 60).convert("P").save(palette, "PNG", transparency=0)
    filed = post_photos(web, ("palette.png", palette.getvalue()))
    assert filed.status_code == 201
    sweep_media()
    assert web.get(f"/t/{filed.json()['tracking_code']}").status_code == 200


def test_a_rule_cannot_name_an_area_that_is_not_there(town: Town) -> None:
    nowhere = Rule(category_id="pothole", division_id="999999", unit=town.heping)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError), transaction.atomic():
        nowhere.save()
    with pytest.raises(ValidationError) as refused:
        nowhere.full_clean()
    assert "division" in refused.value.message_dict
    with pytest.raises(ProtectedError):
        Division.objects.get(code="210102").delete()


def test_dispatching_to_the_same_unit_again_leaves_its_worker_alone(
    incident: IncidentMaker, worker: WorkerMaker, person: PersonMaker
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    engine.dispatch(found.pk)
    found.refresh_from_db()
    assert found.lead_unit is not None
    dispatcher = person(Role.DISPATCHER, "210100")
    with pytest.raises(Refused):
        assigning.to_unit(found.pk, found.lead_unit, dispatcher, reason="再派一次")
    found.refresh_from_db()
    assert found.field_worker == wang.user
    assert WorkOrder.objects.get().status == "offered"


def test_who_sees_a_case_in_two_ways_sees_it_once(
    incident: IncidentMaker, person: PersonMaker, town: Town
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    centre = town.heping.parent
    assert centre is not None
    # The centre stands above the lead, above the helping unit, and helps itself.
    for unit in (town.dadong, centre):
        cooperation.add(found.pk, unit, person(Role.DISPATCHER, "210100"), task="协助")
    liaison = person(Role.UNIT_LIAISON, unit=centre)
    assert Incident.objects.visible_to(liaison).filter(pk=found.pk).count() == 1
    assert User.objects.filter(unit__in=[centre, town.heping], pk=liaison.pk).count() == 1


def test_a_period_begins_with_its_beginning(town: Town) -> None:
    now = timezone.now()
    Contact.objects.create(
        channel=Channel.TELEPHONE, offered_at=now, answered_at=now, ended_at=now,
        result=Contact.Result.ANSWERED, began_at=now,
    )  # fmt: skip
    day, everything = timedelta(days=1), Scope(prefix="", placeless=True)
    assert figures(now - day, now + day, everything).connected.n == 1
    assert figures(now, now + day, everything).connected.n == 1
    assert figures(now - day, now, everything).connected.n == 0
    with pytest.raises(ValueError, match="before"):
        figures(now + day, now - day, everything)


def test_who_only_phones_has_a_history(incident: IncidentMaker) -> None:
    incident(LUXUN_PARK, channel=Channel.TELEPHONE, contact_phone="024-2345 6789")
    incident(LUXUN_PARK, channel=Channel.TELEPHONE, contact_phone="02423456789")
    callers = vault.with_phone("024 23456789")
    assert Report.objects.filter(complainant__in=callers).count() == 2
