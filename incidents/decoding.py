"""Asks the decoder, a process apart, to open a stranger's file; see `incidents.decoder`.

One decoder a process of ours, started when first needed and again when it died. Jobs go through it
one at a time: two web processes and the media worker never open more than three files at once.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings

from incidents.unreadable import Limits, Reason, Unreadable

WAIT_S = 20.0


class DecoderGone(Exception):
    """The decoder died twice over one job. Says nothing about the file: try again later."""


class Decoder:
    """The template process of one of ours, told apart by number: a fork must not share the pipe."""

    def __init__(self) -> None:
        self.running: subprocess.Popen[str] | None = None
        self.owner = 0
        self.number = 0
        self.lock = Lock()

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """The decoder's answer. Raises Unreadable with its reason, or DecoderGone."""
        # Who would wait longer than any file may take is told to come back.
        if not self.lock.acquire(timeout=WAIT_S):
            raise DecoderGone
        try:
            answer = self.once(job) or self.once(job)
        finally:
            self.lock.release()
        if answer is None:
            raise DecoderGone
        if "refused" in answer:
            raise Unreadable(Reason(answer["refused"]), answer.get("detail", ""))
        return answer

    def once(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """None when the decoder went away over it, or before, or answers something else."""
        self.number += 1
        try:
            running = self.started()
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdin.write(json.dumps({**job, "number": self.number}) + "\n")
            running.stdin.flush()
            answer: dict[str, Any] = json.loads(running.stdout.readline())
        except (OSError, ValueError):
            answer = {}
        if answer.get("number") != self.number:
            self.end()
            return None
        return answer

    def started(self) -> "subprocess.Popen[str]":
        if self.running is None or self.owner != os.getpid() or self.running.poll() is not None:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "incidents.decoder"],
                cwd=settings.BASE_DIR,
                # One memory arena: the limit is for pixels, not for reserves of many threads.
                env={"PATH": os.environ.get("PATH", ""), "MALLOC_ARENA_MAX": "1", **marks()},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.owner = os.getpid()
        return self.running

    def end(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.communicate()
            self.running = None


def marks() -> dict[str, str]:
    """By this mark the supervisor finds what it must end (config.reaper)."""
    return {name: value for name, value in os.environ.items() if name == "HOTLINE_RUN"}


decoder = Decoder()


def limits() -> dict[str, int]:
    return asdict(
        Limits(
            pixels=settings.MEDIA_MAX_PIXELS,
            megabytes=settings.MEDIA_DECODER_MB,
            cpu_s=settings.MEDIA_DECODER_CPU_S,
            wall_s=settings.MEDIA_DECODER_CPU_S * 4,
            video_s=settings.MEDIA_MAX_SECONDS,
        )
    )


def inspect(path: Path) -> dict[str, Any]:
    """content_type, width, height, position (longitude, latitude) or None, of a video duration_s.

    Raises Unreadable or DecoderGone.
    """
    return decoder.ask({"job": "inspect", "path": str(path), "limits": limits()})


def copies(path: Path, out: Path) -> list[str]:
    """Write the clean copies into the folder `out`; gives their names. Raises as `inspect`."""
    job = {"job": "copy", "path": str(path), "out": str(out), "limits": limits()}
    names: list[str] = decoder.ask(job)["copies"]
    return names
