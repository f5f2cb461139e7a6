"""Opens what strangers send: `python -m incidents.decoder`, a process apart. Pure: no Django.

It reads one job a line (JSON) from standard input and forks for each: the child decodes under hard
limits of memory, processor time and output, so that a bomb ends the child and nothing else. One
line of JSON answers each job, with its `number`: the result, or `{"refused": reason}`.
Kernel limits are no sandbox: what runs there runs as we do.

    {"job": "inspect", "number": 1, "path": ..., "limits": {...}}     what, where, how long
    {"job": "copy", "out": folder, ...}     the clean copies, as files in that folder

What runs in the child stands in `incidents.photos` and `incidents.videos`.
"""

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from incidents import photos, videos
from incidents.unreadable import Limits, Reason, Unreadable

MEGABYTE = 1024 * 1024
# What a copy may have beyond the size of its original: a small PNG makes a larger JPEG.
SPARE_BYTES = 32 * MEGABYTE
PROC_STATUS = Path("/proc/self/status")


def inspect(path: str, limits: Limits) -> dict[str, Any]:
    """Decode it once and say what it is: content_type, width, height, position, duration_s."""
    open_it = videos.inspect if videos.looks_like(path) else photos.inspect
    return open_it(path, pixels=limits.pixels, video_s=limits.video_s)


def copy(path: str, out: str, limits: Limits) -> dict[str, Any]:
    """Write `display`, `thumb` and, of a video, `video` into the folder `out`."""
    make = videos.copy if videos.looks_like(path) else photos.copy
    return {"copies": make(path, Path(out), pixels=limits.pixels)}


def work(job: dict[str, Any]) -> dict[str, Any]:
    """One job in this process; raises whatever the libraries raise beside Unreadable."""
    limits = Limits(**job["limits"])
    if job["job"] == "inspect":
        return inspect(job["path"], limits)
    return copy(job["path"], job["out"], limits)


# --- In the child -------------------------------------------------------------------------------


def confine(limits: Limits, size: int) -> None:
    """From here on no more memory, time, output and files than a job on so many bytes may take."""
    held = next(
        int(line.split()[1]) * 1024
        for line in PROC_STATUS.read_text(encoding="ascii").splitlines()
        if line.startswith("VmData")
    )
    # RLIMIT_DATA counts what is really written to; RLIMIT_AS would count mere reservations.
    most = held + limits.megabytes * MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    output = size + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))


def answer_of(job: dict[str, Any]) -> dict[str, Any]:
    try:
        return work(job)
    except Unreadable as error:
        return {"refused": error.reason}
    except MemoryError:
        return {"refused": Reason.TOO_BIG}
    except photos.BROKEN + videos.BROKEN as error:
        return {"refused": Reason.BROKEN, "detail": f"{type(error).__name__}: {error}"[:300]}


def child(job: dict[str, Any], answer: int) -> None:
    """Never returns: the fork ends here, whatever happens."""
    try:
        # Whoever takes over this process, or only prints, must not speak for the decoder.
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        confine(Limits(**job["limits"]), Path(job["path"]).stat().st_size)
        os.write(answer, json.dumps(answer_of(job)).encode())
    finally:
        os._exit(0)


# --- In the template ----------------------------------------------------------------------------


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait, and read the answer; a child that dies or dawdles is an answer, too."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        child(job, writing)
    os.close(writing)
    try:
        text, in_time = read_all(reading, time.monotonic() + job["limits"]["wall_s"])
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)  # not yet waited for, so the number is still its own
        _pid, status = os.waitpid(pid, 0)
    if text and in_time:
        answer: dict[str, Any] = json.loads(text)
        return answer
    ran_out = not in_time or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
    return {"refused": Reason.TOO_LONG if ran_out else Reason.BROKEN, "detail": f"status {status}"}


def read_all(reading: int, deadline: float) -> tuple[bytes, bool]:
    """All that comes until the pipe closes, and whether it closed before the deadline."""
    chunks: list[bytes] = []
    while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        chunk = os.read(reading, 65536)
        if not chunk:
            return b"".join(chunks), True
        chunks.append(chunk)
    return b"".join(chunks), False


def serve(say: Callable[[str], object]) -> None:
    """Until standard input closes: with it ends whoever asked."""
    for line in sys.stdin:
        job = json.loads(line)
        say(json.dumps({**run(job), "number": job["number"]}))


def say_line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(say_line)
