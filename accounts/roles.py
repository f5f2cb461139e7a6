"""The roles of the hotline and which of them see, dispatch and look on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CITIZEN = "citizen", _("citizen")
    FIRM = "firm", _("firm's representative")
    OPERATOR = "operator", _("operator")
    DISPATCHER = "dispatcher", _("dispatcher")
    DUTY_MANAGER = "duty_manager", _("duty manager")
    UNIT_LIAISON = "unit_liaison", _("unit liaison")
    COMMUNITY_WORKER = "community_worker", _("community worker")
    DISTRICT_HEAD = "district_head", _("district head")
    PROVINCE_SUPERVISOR = "province_supervisor", _("province supervisor")
    CALL_BACK_AGENT = "call_back_agent", _("call-back agent")
    QUALITY_CHECKER = "quality_checker", _("quality checker")
    KNOWLEDGE_EDITOR = "knowledge_editor", _("knowledge editor")
    INSPECTOR = "inspector", _("inspector")
    EMERGENCY_SEAT = "emergency_seat", _("emergency seat")
    SERVICE_MANAGER = "service_manager", _("service manager")
    DATA_PROTECTION_OFFICER = "data_protection_officer", _("data-protection officer")
    ADMINISTRATOR = "administrator", _("administrator")
    API_CLIENT = "api_client", _("API client")


# See every incident of their division (of the whole province where no division is set).
TERRITORIAL = frozenset(
    {
        Role.OPERATOR,
        Role.DISPATCHER,
        Role.DUTY_MANAGER,
        Role.DISTRICT_HEAD,
        Role.PROVINCE_SUPERVISOR,
        Role.CALL_BACK_AGENT,
        Role.QUALITY_CHECKER,
        Role.INSPECTOR,
    }
)
# See what their unit leads or helps with.
OF_A_UNIT = frozenset({Role.UNIT_LIAISON})
# Have no work without one; the first two have no account without it either (a constraint).
NEEDING_A_UNIT = frozenset({Role.UNIT_LIAISON, Role.COMMUNITY_WORKER, Role.KNOWLEDGE_EDITOR})
# Without a division they would see the whole province.
NEEDING_A_DIVISION = frozenset({Role.DISTRICT_HEAD})
# Look after reference data and people, and are shown no report.
ADMINISTERING = frozenset({Role.ADMINISTRATOR})
# Own the queue of incidents without a place, which lie in nobody's territory.
FINDING_PLACES = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.DUTY_MANAGER})
# Choose a worker or a unit by hand.
DISPATCHING = frozenset({Role.DISPATCHER, Role.DUTY_MANAGER})
# May open the sealed original of a photo or video they see, with a reason that is kept.
OPENING_ORIGINALS = frozenset({Role.DUTY_MANAGER, Role.QUALITY_CHECKER, Role.INSPECTOR})
# May be told who asked, with a reason that is kept: whoever has to talk to the citizen.
OPENING_IDENTITIES = frozenset(
    {
        Role.OPERATOR,
        Role.DISPATCHER,
        Role.DUTY_MANAGER,
        Role.CALL_BACK_AGENT,
        Role.UNIT_LIAISON,
        Role.COMMUNITY_WORKER,
    }
)
# Where who asks is confidential, or reports wrongdoing: nobody who handles it.
OPENING_GUARDED_IDENTITIES = frozenset({Role.DUTY_MANAGER, Role.CALL_BACK_AGENT})
# Erases an identity for good.
ERASING_IDENTITIES = frozenset({Role.DATA_PROTECTION_OFFICER})
# Look over who opened what, and why.
REVIEWING_OPENINGS = frozenset({Role.DATA_PROTECTION_OFFICER, Role.INSPECTOR})
# Answer contacts on the operator's screen.
ANSWERING = frozenset({Role.OPERATOR, Role.DUTY_MANAGER})
# Read what citizens write about each other's reports before everybody does.
MODERATING = ANSWERING
# May open a closed incident again, and say that it stays closed (`incidents.lifecycle`).
REOPENING = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.DUTY_MANAGER, Role.CALL_BACK_AGENT})
# Choose the topic of the month, and tell how it goes.
HOSTING_TOPICS = frozenset({Role.DUTY_MANAGER, Role.PROVINCE_SUPERVISOR})
# Look over what citizens are told, and try again what failed; read the words beforehand.
MINDING_MESSAGES = frozenset({Role.DUTY_MANAGER})
PREVIEWING_MESSAGES = MINDING_MESSAGES | {Role.ADMINISTRATOR}
# Write the knowledge base of their unit and those below it, and review what others wrote.
EDITING_KNOWLEDGE = frozenset({Role.KNOWLEDGE_EDITOR, Role.DUTY_MANAGER})
# Are shown the live map and the heatmap.
WATCHING = TERRITORIAL | OF_A_UNIT | {Role.EMERGENCY_SEAT}
# Are shown reports of wrongdoing at all; a unit only where it was chosen after a conflict check.
SEEING_WRONGDOING = frozenset(
    {
        Role.DISPATCHER,
        Role.DUTY_MANAGER,
        Role.CALL_BACK_AGENT,
        Role.PROVINCE_SUPERVISOR,
        Role.INSPECTOR,
    }
)
# Bring in the cases of a line that is merged into ours.
IMPORTING_CASES = frozenset({Role.ADMINISTRATOR, Role.DUTY_MANAGER})
# Look at who is responsible for what, where; the first of them sets it.
READING_DUTIES = frozenset({Role.ADMINISTRATOR, Role.DUTY_MANAGER})
SETTING_DUTIES = ADMINISTERING
# Look at who works when; the first two set it: hours, leave, extra duty.
KEEPING_ROTAS = frozenset({Role.UNIT_LIAISON, Role.DUTY_MANAGER})
READING_ROTAS = KEEPING_ROTAS | {Role.DISPATCHER, Role.DISTRICT_HEAD}
# Decide about open incidents whose place changed hands.
HANDING_OVER = frozenset({Role.DUTY_MANAGER})
# Whose desk it is.
HANDLING = frozenset({Role.UNIT_LIAISON})
CALLING_BACK = frozenset({Role.CALL_BACK_AGENT})
CHECKING = frozenset({Role.QUALITY_CHECKER})
REVIEWING = frozenset({Role.DUTY_MANAGER})
HEADING = frozenset({Role.DISTRICT_HEAD, Role.PROVINCE_SUPERVISOR, Role.DUTY_MANAGER})
LOOKING_ON = HEADING | {Role.INSPECTOR}
# Read the month's bulletin; who answers for it may have it counted again.
READING_BULLETINS = LOOKING_ON | DISPATCHING | {Role.QUALITY_CHECKER, Role.UNIT_LIAISON}
RESTATING = frozenset({Role.DUTY_MANAGER, Role.PROVINCE_SUPERVISOR})
ALARMED = frozenset({Role.EMERGENCY_SEAT})
# May open the page of an incident they see.
OPENING_CASES = TERRITORIAL | OF_A_UNIT | {Role.EMERGENCY_SEAT, Role.COMMUNITY_WORKER}
