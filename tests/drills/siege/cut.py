"""A process that ends itself at an exact point, once, when the drill has armed that point.

The drill writes a file; whoever renames it first is the one who dies. SIGKILL: no handler runs, no
buffer is flushed, the kernel closes the connections.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COMMIT_ANSWER = "commit-answer"
COMMIT_ENQUEUE = "commit-enqueue"
DISPATCH_CLAIMED = "dispatch-claimed"
DISPATCH_MIDDLE = "dispatch-middle"
MEDIA_MIDDLE = "media-middle"
# Mistakes the controls plant, made as long as the file is there.
OUTBOX_LEFT_OUT = "outbox-left-out"
CHECK_THEN_INSERT = "check-then-insert"
LOCK_OFF = "lock-off"
POINTS = (COMMIT_ANSWER, COMMIT_ENQUEUE, DISPATCH_CLAIMED, DISPATCH_MIDDLE, MEDIA_MIDDLE)


def folder(var: Path) -> Path:
    return var / "siege"


def armed(point: str) -> Path:
    return folder(Path(settings.VAR)) / point


def fired(armed_file: Path) -> Path:
    return armed_file.with_suffix(".fired")


def here(point: str) -> None:
    """End this process if `point` is armed and nobody was quicker."""
    file = armed(point)
    if not file.exists():
        return
    try:
        file.rename(fired(file))
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class BetweenCommitAndAnswer:
    """The report is committed, the answer is made, and the client never gets it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code == 201:
            here(COMMIT_ANSWER)
        return response
