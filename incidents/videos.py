"""Videos, in the limited child: MP4 and QuickTime, checked, placed, copied clean. Pure.

The demuxer is named and reads one open file: a playlist, or a video that points to other files or
addresses, finds nothing to follow.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from incidents.photos import DISPLAY_PX, Position, clean, plausible, write_copies
from incidents.unreadable import Reason, Unreadable

BROKEN: tuple[type[Exception], ...] = (FFmpegError, OSError, ValueError, EOFError, StopIteration)
# What MP4 carries and browsers or phones play.
VIDEO_CODECS = frozenset({"h264", "hevc", "av1", "vp9", "mpeg4", "h263", "mjpeg"})
AUDIO_CODECS = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "alac"})
# The first boxes of MP4 and QuickTime; HEIC photos begin with `ftyp` as well, and say so next.
BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
PHOTO_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"hevc"})
LOCATIONS = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
ISO_6709 = re.compile(r"^([+-])(\d{2,6})(\.\d+)?([+-])(\d{3,7})(\.\d+)?(?![\d.])")


def looks_like(path: str) -> bool:
    with Path(path).open("rb") as file:
        head = file.read(12)
    return head[4:8] in BOXES and not (head[4:8] == b"ftyp" and head[8:12] in PHOTO_BRANDS)


@contextmanager
def opened(path: str, pixels: int) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first moving picture."""
    with Path(path).open("rb") as file, av.open(file, "r", format="mov") as container:
        if not container.streams.video:
            raise Unreadable(Reason.BROKEN, "no picture")
        stream = container.streams.video[0]
        if stream.codec_context is None or stream.codec_context.name not in VIDEO_CODECS:
            raise Unreadable(Reason.CODEC)
        # Threads of the decoder would each want their own memory.
        stream.codec_context.thread_count = 1
        if stream.width * stream.height > pixels:
            raise Unreadable(Reason.TOO_BIG, f"{stream.width} x {stream.height}")
        yield container, stream


def inspect(path: str, *, pixels: int, video_s: int) -> dict[str, Any]:
    with opened(path, pixels) as (container, stream):
        seconds = (container.duration or 0) / av.time_base
        if seconds <= 0:
            raise Unreadable(Reason.BROKEN, "no duration")
        if seconds > video_s:
            raise Unreadable(Reason.LASTS_TOO_LONG, f"{seconds:.0f} s")
        quicktime = container.metadata.get("major_brand", "qt").strip() == "qt"
        found = {
            "content_type": "video/quicktime" if quicktime else "video/mp4",
            "width": stream.width,
            "height": stream.height,
            "position": position_of(dict(container.metadata)),
            "duration_s": round(seconds, 3),
        }
        first_frame(container, stream)
        return found


def first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    frame = next(container.decode(stream), None)
    if not isinstance(frame, VideoFrame):
        raise Unreadable(Reason.BROKEN, "no frame")
    return frame


def position_of(tags: dict[str, str]) -> Position | None:
    """Where the tags say it was taken (ISO 6709, WGS-84), None if absent or absurd."""
    lower = {name.lower(): value for name, value in tags.items()}
    for name in LOCATIONS:
        if found := ISO_6709.match(lower.get(name, "")):
            south, latitude, latitude_part, west, longitude, longitude_part = found.groups()
            y = angle(latitude, latitude_part or "", 2)
            x = angle(longitude, longitude_part or "", 3)
            if x is not None and y is not None:
                return plausible(-x if west == "-" else x, -y if south == "-" else y)
    return None


def angle(digits: str, fraction: str, width: int) -> float | None:
    """ISO 6709 writes degrees, degrees and minutes, or degrees, minutes and seconds in one run."""
    if len(digits) not in (width, width + 2, width + 4):
        return None
    parts = [digits[:width], *(digits[at : at + 2] for at in range(width, len(digits), 2))]
    parts[-1] += fraction
    return sum(float(part) / (60.0**power) for power, part in enumerate(parts))


def copy(path: str, out: Path, *, pixels: int) -> list[str]:
    """The poster as `display` and `thumb`, and `video`: the same stream in a bare MP4."""
    with opened(path, pixels) as (container, stream):
        frame = first_frame(container, stream)
        poster: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
        poster = poster.rotate(frame.rotation, expand=True)
    poster.thumbnail((DISPLAY_PX, DISPLAY_PX))
    written = write_copies(clean(poster), out)
    remux(path, out / "video", pixels)
    return [*written, "video"]


def remux(path: str, target: Path, pixels: int) -> None:
    """Picture and sound packet by packet; tags, chapters, and the tracks of positions stay out."""
    with (
        opened(path, pixels) as (container, picture),
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as bare,
    ):
        kept = [picture, *playable_sound(container)]
        streams = {stream.index: bare.add_stream_from_template(stream) for stream in kept}
        for stream in streams.values():
            stream.metadata.clear()
        if picture.codec_context.name == "hevc":
            streams[picture.index].codec_context.codec_tag = "hvc1"  # Safari asks for this name
        room = Path(path).stat().st_size
        for packet in container.demux(*kept):
            room -= packet.size
            if room < 0:  # its index names the same bytes again and again
                raise Unreadable(Reason.BROKEN, "more stream than file")
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                bare.mux(packet)


def playable_sound(container: InputContainer) -> list[Any]:
    return [
        stream
        for stream in container.streams.audio
        if stream.codec_context is not None and stream.codec_context.name in AUDIO_CODECS
    ][:1]
