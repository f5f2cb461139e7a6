"""What a topic of the month must say, and the history of what was said about it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.scope import code_prefix
from districts.models import Division
from incidents.errors import IncidentError, Refused
from incidents.lifecycle import OPEN
from incidents.models import Category, Incident, Kind, Topic, TopicPost
from incidents.said import whole, words

WORDS = {"title_zh": 80, "title_en": 120, "purpose_zh": 1000, "purpose_en": 1000}
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# A topic lasts a month, or a season; not for ever.
LONGEST = timedelta(days=366)
MOST = 10_000_000


class Wrong(IncidentError):
    """Every field that cannot be taken, with its sentence."""

    def __init__(self, errors: dict[str, list[Any]]) -> None:
        super().__init__("topic")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Written:
    """A topic as it was typed, and taken."""

    columns: dict[str, Any]
    categories: list[Category]
    divisions: list[Division]


def read(given: QueryDict, found: Topic | None) -> Written:
    """Raises Wrong with what is wrong of all fields at once."""
    asked: dict[str, Callable[[], Any]] = {
        **{name: partial(words, name, given.get(name, ""), most=most)
           for name, most in WORDS.items()},
        "starts": lambda: day("starts", given.get("starts", "")),
        "ends": lambda: day("ends", given.get("ends", "")),
        "baseline": lambda: baseline(given.get("baseline", "")),
        "slug": lambda: found.slug if found else slug(given.get("slug", "")),
        "categories": lambda: categories(given.getlist("categories")),
        "divisions": lambda: divisions(given.get("divisions", "")),
    }  # fmt: skip
    taken: dict[str, Any] = {}
    errors: dict[str, list[Any]] = {}
    for name, take in asked.items():
        try:
            taken[name] = take()
        except Refused as error:
            errors[name] = [error.message]
    if not errors and not taken["starts"] <= taken["ends"] <= taken["starts"] + LONGEST:
        errors["ends"] = [_("It ends after it starts, and within a year.")]
    if errors:
        raise Wrong(errors)
    return Written(categories=taken.pop("categories"), divisions=taken.pop("divisions"),
                   columns=taken)  # fmt: skip


def day(field: str, given: str) -> date:
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise Refused(field, _("Please give a day, such as 2026-12-31.")) from None


def baseline(given: str) -> int | None:
    return whole("baseline", given, least=0, most=MOST) if given.strip() else None


def slug(given: str) -> str:
    text = given.strip()
    if not SLUG.fullmatch(text) or len(text) > 60:
        raise Refused("slug", _("Small letters, digits and hyphens, at most 60."))
    if Topic.objects.filter(slug=text).exists():
        raise Refused("slug", _("There is a topic with this name already."))
    return text


def categories(codes: list[str]) -> list[Category]:
    found = list(Category.objects.in_use().filter(code__in=codes))
    if not found or len(found) != len(set(codes)):
        raise Refused("categories", _("Please choose one."))
    return found


def divisions(given: str) -> list[Division]:
    codes = set(given.replace(",", " ").replace("，", " ").split())
    found = list(Division.objects.filter(code__in=codes))
    if len(found) != len(codes):
        missing = ", ".join(sorted(codes - {each.code for each in found}))
        raise Refused("divisions", _("No division has this code: %(codes)s") % {"codes": missing})
    return found


@transaction.atomic
def keep(found: Topic | None, new: Written, user: User) -> Topic:
    """Write it, with a line of history for the desk."""
    topic = found or Topic(made_by=user)
    before = written(topic) if found else {}
    for name, value in new.columns.items():
        setattr(topic, name, value)
    if topic.baseline is None and found is None:
        topic.baseline = open_now(new)
    topic.save()
    topic.categories.set(new.categories)
    topic.divisions.set(new.divisions)
    note(topic, before, user)
    return topic


def open_now(new: Written) -> int:
    """How many are open as it is written: the baseline, where nobody gave another."""
    prefixes = [code_prefix(each) for each in new.divisions] or [""]
    codes = Incident.objects.filter(status__in=OPEN, category__in=new.categories)
    every = codes.exclude(kind=Kind.WRONGDOING).values_list("division", flat=True)
    return sum(any((code or "").startswith(prefix) for prefix in prefixes) for code in every)


def note(topic: Topic, before: Mapping[str, Any], user: User) -> None:
    after = written(topic)
    changed = [f"{name}: {before.get(name, '')} → {value}" for name, value in after.items()
               if before.get(name, "") != value]  # fmt: skip
    if changed:
        text = "\n".join(changed)[:2000]
        TopicPost.objects.create(
            topic=topic, text_zh=text, text_en=text, is_change=True, author=user
        )


def tell(topic: Topic, text_zh: str, text_en: str, user: User) -> None:
    """News of it, in both languages. Raises Refused."""
    zh, en = words("text_zh", text_zh, most=2000), words("text_en", text_en, most=2000)
    TopicPost.objects.create(topic=topic, text_zh=zh, text_en=en, author=user)


def written(topic: Topic) -> dict[str, Any]:
    """What the form shows of it."""
    columns = {name: getattr(topic, name) for name in (*WORDS, "slug")}
    return columns | {
        "starts": f"{topic.starts:%Y-%m-%d}",
        "ends": f"{topic.ends:%Y-%m-%d}",
        "baseline": "" if topic.baseline is None else str(topic.baseline),
        "divisions": " ".join(topic.divisions.values_list("code", flat=True)),
        "categories": " ".join(categories_of(topic)),
    }


def categories_of(topic: Topic | None) -> list[str]:
    return list(topic.categories.values_list("code", flat=True)) if topic else []
