"""Who speaks for a firm may stop or be stopped; firm and manager write to each other."""

import pytest
from django.db import Error, transaction

from accounts.models import Unit
from dispatch import assigning, engine, merging
from dispatch.models import Rule
from enterprises import asking
from enterprises.models import Representative, RequestMessage
from incidents.errors import Refused
from incidents.models import Incident, Waiting
from tests.conftest import Town
from tests.enterprises.conftest import Story, Tell

pytestmark = pytest.mark.django_db


def spoken(story: Story) -> Representative:
    return Representative.objects.get(user=story.representative)


def test_revoked_with_a_reason_everything_ends_at_once(tell: Tell) -> None:
    story, other = tell(), tell()
    page = f"/manager/claims/{spoken(story).pk}/end"
    assert other.at_manager.post(page, {"reason": "x"}).status_code == 404
    story.at_manager.post(page, {"reason": " "})
    assert story.at_firm.get("/firm/ask").status_code == 200
    story.at_manager.post(page, {"reason": "已离职"})
    assert story.at_firm.get("/firm/").headers["Location"].startswith("/accounts/login/")
    assert asking.spoken_for(story.representative) is None
    assert spoken(story).end_reason == "已离职"


def test_who_gives_up_may_ask_anew(tell: Tell) -> None:
    story = tell()
    story.at_firm.post("/firm/give-up")
    assert asking.spoken_for(story.representative) is None
    given = {"code": story.firm.code, "note": "回来了"}
    assert story.at_firm.post("/firm/claim", given).status_code == 302
    assert story.representative.represents.filter(state="claimed").exists()


def test_both_read_messages_in_order_and_the_manager_counts_the_unread(tell: Tell) -> None:
    story, other = tell(), tell()
    number = story.ask()
    say = f"/firm/requests/{number}/say"
    for text in ("第一句", "第二句"):
        story.at_firm.post(say, {"text": text})
    assert "2 条未读" in story.at_manager.get("/manager/").content.decode()
    shown = story.at_manager.get(f"/manager/requests/{number}/").content.decode()
    assert shown.index("第一句") < shown.index("第二句")
    assert "条未读" not in story.at_manager.get("/manager/").content.decode()
    story.at_manager.post(f"/manager/requests/{number}/say", {"text": "收到"})
    assert "收到" in story.at_firm.get(f"/firm/requests/{number}/").content.decode()
    assert "条未读" not in story.at_manager.get("/manager/").content.decode()
    assert other.at_firm.post(say, {"text": "x"}).status_code == 404
    for bad in ("", " ", "长" * 501):
        story.at_firm.post(say, {"text": bad})
    assert RequestMessage.objects.count() == 3
    with pytest.raises(Error), transaction.atomic():
        RequestMessage.objects.update(text="别的")


def complaint(story: Story, about: Unit) -> Incident:
    found = story.ask("department-conduct", about=f"{about.code} {about.name}")
    incident = Incident.objects.get(reports=found.report)
    engine.dispatch(incident.pk)
    incident.refresh_from_db()
    return incident


def test_a_complaint_never_reaches_the_department_nor_one_below(town: Town, tell: Tell) -> None:
    story = tell()
    Rule.objects.create(field_id="business", division_id="210102", unit=town.office)
    above = town.office.parent
    assert above is not None
    incident = complaint(story, town.office)
    assert incident.lead_unit == above
    assert not incident.work_orders.exists()
    assert town.office.pk not in incident.visible_units
    assert not merging.may_merge(incident)
    # The whole county is complained of: past everything below it as well.
    higher = complaint(story, above)
    assert higher.lead_unit == above.parent
    if above.parent is None:
        assert higher.waiting == Waiting.WRONGDOING
    with pytest.raises(Refused):
        assigning.check_unit(incident, town.office, None)


@pytest.mark.parametrize(
    ("topic", "about", "status"),
    [("department-conduct", "", 400), ("department-conduct", "zz 没有", 400)],
)
def test_the_department_must_be_named(
    tell: Tell, town: Town, topic: str, about: str, status: int
) -> None:
    given = {"topic": topic, "text": "x", "phone": "13812345678", "about": about}
    given["key"] = "00000000-0000-0000-0000-000000000001"
    answer = tell().at_firm.post("/firm/ask", given)
    assert answer.status_code == status
    assert list(answer.context["form"].errors) == ["about"]
