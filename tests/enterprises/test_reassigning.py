"""Firms change hands when territories do, and the history says why."""

import pytest
from django.db import Error, transaction

from accounts.models import User
from accounts.roles import Role
from enterprises import assigning
from enterprises.models import Firm, ManagerChange, ServiceManager
from tests.conftest import PersonMaker
from tests.enterprises.conftest import FirmMaker, LogIn, ManagerMaker, Tell

pytestmark = pytest.mark.django_db


def told(firm: Firm) -> list[tuple[str, int | None, int | None]]:
    changes = ManagerChange.objects.filter(firm=firm).order_by("pk")
    return list(changes.values_list("reason", "before", "after"))


def test_a_territory_changes_and_only_its_firms_move(
    firm: FirmMaker, manager: ManagerMaker
) -> None:
    leaves, stays = manager("210102001"), manager("210104")
    here, there = firm(), firm(division_id="210104001001")
    assigning.reassign_due()
    assert assigning.reassign_due() == 0
    heir = manager("210102")
    ServiceManager.objects.filter(pk=leaves.pk).update(territory="210104")
    assert assigning.reassign_due() == 2
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.manager, there.manager) == (heir, stays)
    assert told(here) == [
        ("assigned", None, leaves.pk),
        ("territory", leaves.pk, None),
        ("assigned", None, heir.pk),
    ]
    assert told(there) == [("assigned", None, stays.pk)]


def test_who_left_hands_over(firm: FirmMaker, manager: ManagerMaker) -> None:
    gone, found = manager("210102"), firm()
    assigning.reassign_due()
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    heir = manager("210102")
    assigning.reassign_due()
    assert told(found)[1:] == [("left", gone.pk, None), ("assigned", None, heir.pk)]


def test_a_smaller_capacity_is_kept_to(firm: FirmMaker, manager: ManagerMaker) -> None:
    full, first, second = manager("210102"), firm(), firm()
    assigning.reassign_due()
    ServiceManager.objects.filter(pk=full.pk).update(capacity=1)
    assigning.reassign_due()
    assert len(told(first)) == 1
    assert told(second)[1:] == [("full", full.pk, None)]


def test_by_hand_it_is_the_administrators_word(
    tell: Tell, manager: ManagerMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    story, heir, administrator = tell(), manager("210102"), person(Role.ADMINISTRATOR)
    before, story.firm.manager = story.firm.manager_id, heir
    story.firm.save()
    assigning.by_hand(story.firm, before, administrator)
    assigning.by_hand(story.firm, heir.pk, administrator)
    assert told(story.firm) == [("hand", before, heir.pk)]
    assert (
        heir.user.name
        in logged_in(heir.user).get(f"/manager/firms/{story.firm.code}/").content.decode()
    )
    former = story.at_manager.get("/manager/").content.decode()
    assert story.firm.name in former
    with pytest.raises(Error), transaction.atomic():
        ManagerChange.objects.update(reason="left")
