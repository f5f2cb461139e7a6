"""Tabs that come back: what each missed, asked for all of them together.

After a network's hiccup hundreds return in one second. One by one each would ask for the same rows
and the same incidents, and who never went away would hear nothing meanwhile.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError

from accounts.scope import Scope
from maps import news
from maps.listeners import Listener

GATHER_S = 0.1
RESET = b"event: reset\ndata: {}\n\n"
Ask = Callable[..., Awaitable[Any]]
log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Return:
    """One tab, and after which row of the outbox it begins; `done` once it has been told."""

    listener: Listener
    after: int
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Returned:
    """Those who wait to be told what they missed."""

    def __init__(self) -> None:
        self.waiting: list[Return] = []
        self.some = asyncio.Event()

    async def replay(self, listener: Listener, since: int) -> None:
        """Returns when what came after `since` lies with the listener; `reset` for too much."""
        mine = Return(listener, max(0, since - news.OVERLAP))
        self.waiting.append(mine)
        self.some.set()
        await mine.done.wait()

    async def serve(self, ask: Ask) -> None:
        """For as long as the gateway runs."""
        while True:
            await self.some.wait()
            self.some.clear()
            now, self.waiting = self.waiting, []
            try:
                await tell_all(now, ask)
            except DatabaseError as error:
                log.warning("cannot say what was missed: %s", error)
                for each in now:
                    # It comes back again.
                    each.listener.end()
            for each in now:
                each.done.set()
            await asyncio.sleep(GATHER_S)


async def tell_all(waiting: Iterable[Return], ask: Ask) -> None:
    """Rows for all once, incidents for each scope once."""
    left, rows = sorted(waiting, key=lambda each: each.after), []
    while left:
        rows = await ask(news.rows_after, left[0].after)
        if len(rows) < news.MOST_ROWS:
            break
        # Too much to tell for whoever was away longest; perhaps not for the next.
        longest = left[0].after
        for each in left:
            if each.after == longest:
                each.listener.put(RESET)
        left = [each for each in left if each.after != longest]
    ids = list({row.incident_id for row in rows})
    for scope, some in by_scope(left).items():
        features = await ask(news.incident_features, scope, ids) if ids else {}
        texts: dict[int, bytes] = {}
        for each in some:
            if each.after not in texts:
                missed = [row for row in rows if row.id > each.after]
                texts[each.after] = news.told(missed, features).encode()
            if texts[each.after]:
                each.listener.put(texts[each.after])


def by_scope(waiting: Iterable[Return]) -> dict[Scope, list[Return]]:
    grouped: dict[Scope, list[Return]] = defaultdict(list)
    for each in waiting:
        grouped[each.listener.scope].append(each)
    return grouped
