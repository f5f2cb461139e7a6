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
# Own the queue of incidents without a place, which lie in nobody's territory.
FINDING_PLACES = frozenset({Role.OPERATOR, Role.DISPATCHER, Role.DUTY_MANAGER})
# Choose a worker or a unit by hand.
DISPATCHING = frozenset({Role.DISPATCHER, Role.DUTY_MANAGER})
# May open the sealed original of a photo or video they see, with a reason that is kept.
OPENING_ORIGINALS = frozenset({Role.DUTY_MANAGER, Role.QUALITY_CHECKER, Role.INSPECTOR})
# Look over who opened what, and why.
REVIEWING_OPENINGS = frozenset({Role.DATA_PROTECTION_OFFICER, Role.INSPECTOR})
# Are shown the live map and the heatmap.
WATCHING = TERRITORIAL | OF_A_UNIT | {Role.EMERGENCY_SEAT}
