"""Who changed what is not a case: people's rights, units, categories, the catalogue, the vault.

Triggers write it (django-pghistory), whoever changes it and by whatever way; who it was comes from
the request. A tracked model names the fields its history keeps.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pghistory
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from pghistory.middleware import HistoryMiddleware

StrOrPromise = str | Promise


def tracked(
    name: str,
    *fields: str,
    watched: Sequence[str] = (),
    begins: bool = True,
    title: StrOrPromise = "",
) -> Callable[[Any], Any]:
    """Keep `fields` of a model, in a model called `name`, whenever one of them changes.

    `watched`: the fields whose change is noted, where they are more than what is kept. `begins`:
    whether a new row is a change. `title`: what the admin calls the changes, where it lists them.
    """
    change = pghistory.UpdateEvent(condition=pghistory.AnyChange(*(watched or fields)))
    beginning = [pghistory.InsertEvent()] if begins else []
    track: Callable[[Any], Any] = pghistory.track(
        *beginning,
        change,
        pghistory.DeleteEvent(),
        fields=list(fields),
        model_name=name,
        obj_field=pghistory.ObjForeignKey(related_name="changes", related_query_name="change"),
        # In the row itself: one statement less for each change, and nothing to join.
        context_field=pghistory.ContextJSONField(),
        append_only=True,
        meta={"verbose_name": title, "verbose_name_plural": title} if title else {},
    )
    return track


class WhoDidIt(HistoryMiddleware):
    """Tells the triggers who is logged in and which page it was.

    Not below /api/: nothing tracked is changed there that has a history of its own, and a report
    would pay for it with each statement.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = not request.path.startswith("/api/")
        answer: HttpResponse = (super().__call__ if told else self.get_response)(request)
        return answer
