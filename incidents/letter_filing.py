"""What a person does with a letter: file it, add it to a report, or put it aside for a reason."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from incidents import letter_deciding, letter_scoring, letters, mail_intake, message_threads
from incidents.errors import NotAllowedNow, Refused
from incidents.intake import NewReport, Sender
from incidents.models import Incident, Letter, Report
from incidents.said import words

State = Letter.State
# What a machine is said to have sent may be a person's all the same.
OPEN_TO = (*Letter.WAITING, State.IGNORED)
NOTHING = letters.Read("", "", "", "", "", "", (), (), "", ())


def waiting(letter: Letter) -> Letter:
    """The letter, locked. Raises NotAllowedNow where somebody was faster."""
    mine = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if mine.state not in OPEN_TO:
        raise NotAllowedNow(_("Somebody else has dealt with this letter."))
    return mine


def read_again(letter: Letter) -> letters.Read:
    """Of what cannot be read nothing: the person writes it. Raises OSError or SealedAway."""
    try:
        return mail_intake.opened(letter)
    except letters.Unreadable:
        return NOTHING


def file(letter: Letter, user: User, new: NewReport) -> Report:
    """Raises Refused, NotAllowedNow, SealedAway or OSError."""
    read = read_again(letter)
    with mail_intake.files_of(read) as media, transaction.atomic():
        mine = waiting(letter)
        report = letter_deciding.file(mine, letter_deciding.signed(new, read), Sender(user), media)
        done(mine, user)
    return report


def add(letter: Letter, user: User, number: str) -> Report:
    """To an open report this person sees. Raises Refused, NotAllowedNow, SealedAway or OSError."""
    seen = message_threads.REPORTS.filter(incident__in=Incident.objects.visible_to(user))
    report = seen.filter(number=number.strip()).first()
    if report is None:
        raise Refused("number", _("There is no report with this number."))
    read = read_again(letter)
    if not letter_scoring.words_of(read):
        raise Refused("number", _("This letter says nothing that could be added."))
    with mail_intake.files_of(read) as media, transaction.atomic():
        mine = waiting(letter)
        letter_deciding.add(mine, read, report, media, user)
        mine.report, mine.state, mine.why = report, State.THREADED, ""
        done(mine, user)
    return report


@transaction.atomic
def put_aside(letter: Letter, user: User, reason: str) -> None:
    """Raises Refused (`reason`) or NotAllowedNow."""
    given = words("reason", reason, most=200)
    mine = waiting(letter)
    mine.state, mine.reason = State.ASIDE, given
    done(mine, user)


def done(mine: Letter, user: User) -> None:
    mine.done_by, mine.done_at = user, timezone.now()
    mine.save()
