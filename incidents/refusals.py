"""Why a step is refused, in a sentence for the person who tried it."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.errors import GuardRefused, NotAllowedNow, NotForRole
from incidents.guards import HOLDS, Facts, Guard
from incidents.lifecycle import Row, Status, Step, Who, row_for
from incidents.models import Incident

_G = Guard
SENTENCES = {
    _G.DISPATCHES_LEFT: gettext_lazy(
        "It has been dispatched three times: now the duty manager designates."
    ),
    _G.NOT_DESIGNATED: gettext_lazy(
        "The duty manager designated your unit; it cannot be returned."
    ),
    _G.NOT_SIGNED: gettext_lazy("The unit has signed for it already."),
    _G.IN_RETURN_TIME: gettext_lazy("A return must be asked within one working day of dispatch."),
    _G.NOT_OWN_DISPATCH: gettext_lazy(
        "You dispatched it yourself; somebody else must judge the return."
    ),
    _G.NOTHING_ASKED: gettext_lazy("Something is asked for it already and not judged yet."),
    _G.RETURN_ASKED: gettext_lazy("No return is asked for it."),
    _G.EXTENSION_ASKED: gettext_lazy("No extension is asked for it."),
    _G.PAUSE_ASKED: gettext_lazy("No pause is asked for it."),
    _G.BEFORE_DUE: gettext_lazy("It is overdue; an extension must be asked before that."),
    _G.NOT_EXTENDED: gettext_lazy("It was extended once; there is no second time."),
    _G.RUNNING: gettext_lazy("Its clock is paused; resume it first."),
    _G.PAUSED: gettext_lazy("Its clock is not paused."),
    _G.ALL_COOPERATED: gettext_lazy(
        "Cooperating units have not answered yet; wait, or record where they disagree."
    ),
    _G.REWORK_LEFT: gettext_lazy("It was reworked already; now a review decides."),
    _G.REWORKS_USED: gettext_lazy("It can still be reworked; no review is needed."),
    _G.NOT_UNDER_REVIEW: gettext_lazy("It is under review by the duty manager."),
    _G.UNDER_REVIEW: gettext_lazy("It is not under review."),
    _G.IN_REOPEN_TIME: gettext_lazy(
        "It was closed more than 15 days ago; only a new fact reopens it."
    ),
    _G.PAST_REOPEN_TIME: gettext_lazy("It may still be reopened."),
    _G.HAD_A_UNIT: gettext_lazy(
        "It ended on the line it came from; a new report can name its number."
    ),
}


def allowed_row(incident: Incident, step: Step, who: Who, facts: Facts) -> Row:
    """The line of the table that allows `step` now; else raises, and says which part forbids it."""
    row = row_for(step, Status(incident.status))
    if row is None:
        raise NotAllowedNow(
            _("%(number)s is %(status)s now; this step is not possible any more.")
            % {"number": incident.number, "status": incident.get_status_display()}
        )
    if who not in row.roles:
        raise NotForRole(_("This step is not for your role."))
    if (failing := first_failing(row, facts)) is not None:
        raise GuardRefused(failing, str(SENTENCES[failing]))
    return row


def first_failing(row: Row, facts: Facts) -> Guard | None:
    return next((guard for guard in row.guards if not HOLDS[guard](facts)), None)


def allowed(steps: Iterable[Step], incident: Incident, who: Who, facts: Facts) -> set[Step]:
    """Those of `steps` that would be allowed now: which buttons a page shows."""
    rows = {step: row_for(step, Status(incident.status)) for step in steps}
    return {
        step
        for step, row in rows.items()
        if row is not None and who in row.roles and first_failing(row, facts) is None
    }
