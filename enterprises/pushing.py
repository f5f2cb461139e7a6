"""政策找企: the firms that a policy fits are found, and find it on their page.

One statement for a policy, whatever the number of firms; it says the same as `fitting.lines`.
"""

from datetime import datetime, time
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from enterprises.models import Firm, Policy, PolicyNotice
from incidents import wake

PUSH = "enterprises.tasks.push_policies"
# `within`: patterns of division codes; none where the policy asks for no place.
FIND = """
INSERT INTO enterprises_policynotice (policy_id, firm_id)
SELECT p.id, f.id
FROM enterprises_policy p
JOIN enterprises_firm f ON f.is_active
    AND (p.sectors = '{}' OR f.sector = ANY (p.sectors))
    AND (p.sizes = '{}' OR f.size = ANY (p.sizes))
    AND (cardinality(%(within)s::text[]) = 0 OR f.division_id LIKE ANY (%(within)s::text[]))
WHERE p.id = %(policy)s AND p.valid_from <= %(today)s AND coalesce(p.valid_to >= %(today)s, true)
  AND NOT EXISTS (SELECT FROM enterprises_policynotice n
                  WHERE n.policy_id = p.id AND n.firm_id = f.id)
ON CONFLICT DO NOTHING
"""


def changed(policy: Policy) -> None:
    """Published or changed: look for its firms again, soon after the commit."""
    Policy.objects.filter(pk=policy.pk).update(pushed_at=None)
    wake.after_commit(PUSH)


def push_due() -> int:
    """Each policy that is valid and was not looked at today; returns how many notices are new."""
    today = timezone.localdate()
    midnight = timezone.make_aware(datetime.combine(today, time()))
    valid = Policy.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today)
    due = valid.filter(Q(pushed_at=None) | Q(pushed_at__lt=midnight))
    return sum(push(pk) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def push(policy_id: int) -> int:
    """A notice for every firm the policy fits that has none; who runs second finds nothing."""
    policy = Policy.objects.select_for_update().get(pk=policy_id)
    within = [f"{prefix}%" for prefix in policy.terms.divisions]
    given: dict[str, Any] = {"policy": policy_id, "within": within, "today": timezone.localdate()}
    with connection.cursor() as cursor:
        cursor.execute(FIND, given)
        found: int = cursor.rowcount
    Policy.objects.filter(pk=policy_id).update(pushed_at=timezone.now())
    return found


def news(firm: Firm) -> QuerySet[PolicyNotice]:
    """What the firm has not looked at and can still use."""
    unread = PolicyNotice.objects.filter(firm=firm, read_at=None)
    today = timezone.localdate()
    lasting = unread.filter(Q(policy__valid_to=None) | Q(policy__valid_to__gte=today))
    return lasting.select_related("policy")


def read(firm: Firm) -> None:
    """Its representative looked at the policies."""
    PolicyNotice.objects.filter(firm=firm, read_at=None).update(read_at=timezone.now())


def unread_of(manager: User) -> int:
    """How many notices the firms of this manager have not looked at."""
    firms = Firm.objects.visible_to(manager).active()
    return PolicyNotice.objects.filter(firm__in=firms, read_at=None).count()
