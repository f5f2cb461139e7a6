"""Where a citizen can be written to. Addresses are read when a message leaves, and kept nowhere."""

from django.conf import settings

from incidents import vault
from incidents.errors import SealedAway
from incidents.models import Complainant, Message

Channel = Message.Channel


def is_on(channel: str) -> bool:
    return bool(settings.SMS_URL) if channel == Channel.SMS else bool(settings.EMAIL_ON)


def any_on() -> bool:
    return is_on(Channel.SMS) or is_on(Channel.EMAIL)


def channel_to(person: Complainant) -> str:
    """SMS where there is a number, else e-mail; "" where neither is set up or known."""
    if is_on(Channel.SMS) and person.masked_phone:
        return Channel.SMS
    if is_on(Channel.EMAIL) and may_have_email(person):
        return Channel.EMAIL
    return ""


def may_have_email(person: Complainant) -> bool:
    """A vault whose key is away must stop no case: it is asked again when the message leaves."""
    try:
        return bool(address_of(person, Channel.EMAIL))
    except SealedAway:
        return True


def address_of(person: Complainant, channel: str) -> str:
    """Empty where none was given. Raises SealedAway where the vault's key is not there."""
    identity = vault.for_sending(person)
    return identity.phone if channel == Channel.SMS else identity.email
