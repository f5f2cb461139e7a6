"""Clients that do not give up: each keeps a report and its key until it is answered 201.

Whatever goes wrong on the way - no connection, a connection that breaks, an answer that never
comes, 429 or 503 - is tried again with the same key and the same bytes. Some are impatient: they
drop the connection while their report is being handled and send it again at once.
"""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import pairwise
from typing import Any

from tests.drills.siege.drafts import Draft, Writer

TIMEOUT_S = 12.0
LONGEST_PAUSE_S = 2.0
RETRY = frozenset({429, 503})


@dataclass(frozen=True)
class Answered:
    """What a client was promised by a 201."""

    draft: Draft
    answer: dict[str, Any]
    at: float  # monotonic seconds
    tries: int


@dataclass
class Pace:
    """So many reports a second among all clients; what an outage cost is not caught up."""

    rate: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_at: float = 0.0

    def wait(self) -> None:
        with self.lock:
            now = time.monotonic()
            mine = max(self.next_at, now - 0.5)
            self.next_at = mine + 1 / self.rate
        time.sleep(max(0.0, mine - now))


@dataclass
class Stream:
    """Starts the clients, and remembers what they were told."""

    port: int
    api_key: str
    writer: Writer
    rate: float
    clients: int = 8
    answered: list[Answered] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    unanswered: list[Draft] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: list[threading.Thread] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    give_up_at: float = float("inf")

    def begin(self) -> None:
        pace = Pace(self.rate)
        for _n in range(self.clients):
            thread = threading.Thread(target=Client(self, pace).work, daemon=True)
            thread.start()
            self.threads.append(thread)

    def end(self, patience_s: float = 60.0) -> None:
        """No new reports; those under way are tried to their end, or for so long."""
        self.give_up_at = time.monotonic() + patience_s
        self.ending.set()
        for thread in self.threads:
            thread.join(patience_s + 2 * TIMEOUT_S)

    def count(self) -> int:
        return len(self.answered)

    def next_draft(self) -> Draft:
        with self.lock:
            return self.writer.draft()

    def note(self, status: str) -> None:
        with self.lock:
            self.statuses[status] += 1

    def longest_silence(self, since: float, until: float) -> float:
        """The longest time without a 201 from `since` to the first one after `until`, seconds."""
        times = sorted(each.at for each in self.answered if each.at >= since)
        after = next((at for at in times if at >= until), time.monotonic())
        marks = [since, *(at for at in times if at < after), after]
        return max(later - earlier for earlier, later in pairwise(marks))


@dataclass
class Client:
    """One thread with one kept connection."""

    stream: Stream
    pace: Pace
    connection: HTTPConnection | None = None

    def work(self) -> None:
        while not self.stream.ending.is_set():
            self.pace.wait()
            self.send(self.stream.next_draft())

    def send(self, draft: Draft) -> None:
        tries, pause = 0, 0.1
        while time.monotonic() < self.stream.give_up_at:
            tries += 1
            status, answer, retry_after = self.attempt(
                draft, impatient=draft.impatient and tries == 1
            )
            self.stream.note(status)
            if status == "201":
                self.keep(Answered(draft, answer, time.monotonic(), tries))
                return
            if status.isdecimal() and int(status) not in RETRY:
                self.complain(draft, status, answer)
            elif status == "503" and (retry_after is None or not answer.get("errors")):
                self.complain(draft, "503 without Retry-After or errors", answer)
            time.sleep(min(pause if retry_after is None else retry_after, LONGEST_PAUSE_S))
            pause = min(pause * 2, LONGEST_PAUSE_S)
        with self.stream.lock:
            self.stream.unanswered.append(draft)

    def keep(self, answered: Answered) -> None:
        with self.stream.lock:
            self.stream.answered.append(answered)

    def complain(self, draft: Draft, status: str, answer: dict[str, Any]) -> None:
        with self.stream.lock:
            self.stream.wrong.append(f"{draft.key}: {status} {str(answer)[:200]}")

    def attempt(self, draft: Draft, *, impatient: bool) -> tuple[str, dict[str, Any], float | None]:
        """`(status or what broke, JSON answer, Retry-After)`."""
        try:
            if impatient:
                self.post(draft)
                kept, self.connection = self.connection, None
                try:
                    self.post(draft)
                    return self.read()
                finally:
                    if kept is not None:
                        kept.close()
            self.post(draft)
            return self.read()
        except (OSError, HTTPException) as error:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return type(error).__name__, {}, None

    def post(self, draft: Draft) -> None:
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.stream.port, timeout=TIMEOUT_S)
        headers = {
            "Content-Type": draft.content_type,
            "Authorization": f"Api-Key {self.stream.api_key}",
            "Idempotency-Key": draft.key,
        }
        self.connection.request("POST", "/api/reports", draft.body, headers)

    def read(self) -> tuple[str, dict[str, Any], float | None]:
        assert self.connection is not None
        response = self.connection.getresponse()
        body = response.read()
        after = response.headers.get("Retry-After", "")
        try:
            answer = json.loads(body)
        except ValueError:
            answer = {"not JSON": body[:200].decode(errors="replace")}
        return str(response.status), answer, float(after) if after.isdecimal() else None
