"""Short videos as phones make them."""

import struct
from fractions import Fraction
from io import BytesIO

import av
import numpy as np

from tests.pictures import LUXUN_PARK

Place = tuple[float, float]


def iso6709(place: Place) -> str:
    return f"{place[1]:+.4f}{place[0]:+09.4f}/"


def video(
    place: Place | None = LUXUN_PARK,
    *,
    quicktime: bool = False,
    seconds: float = 1.0,
    rate: Fraction | int = 8,
    sound: bool = True,
    **tags: str,
) -> bytes:
    """MP4 with H.264 and AAC, or QuickTime as Apple writes it; `place` in the tag phones use."""
    if place is not None:
        name = "com.apple.quicktime.location.ISO6709" if quicktime else "location"
        tags[name] = iso6709(place)
    file = BytesIO()
    options = {"movflags": "use_metadata_tags"} if quicktime else {}
    with av.open(file, "w", format="mov" if quicktime else "mp4", options=options) as container:
        container.metadata.update(tags)
        picture = container.add_stream("libx264", rate=rate)
        picture.width, picture.height, picture.pix_fmt = 160, 120, "yuv420p"
        speech = container.add_stream("aac", rate=44100) if sound else None
        for n in range(max(2, int(seconds * rate))):
            shade = np.full((120, 160, 3), n * 20 % 255, dtype=np.uint8)
            container.mux(picture.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        container.mux(picture.encode(None))
        if speech is not None:
            for n in range(int(seconds * 43)):
                silence = av.AudioFrame.from_ndarray(
                    np.zeros((2, 1024), dtype=np.float32), format="fltp", layout="stereo"
                )
                silence.sample_rate, silence.pts = 44100, n * 1024
                silence.time_base = Fraction(1, 44100)
                container.mux(speech.encode(silence))
            container.mux(speech.encode(None))
    return file.getvalue()


# As phones held upright write it: turn by 90 degrees, clockwise, to show (ISO 14496-12, tkhd).
UPRIGHT = (0, 0x10000, 0, -0x10000, 0, 0, 120 << 16, 0, 0x40000000)


def held_upright(clip: bytes) -> bytes:
    """The clip with the matrix of its picture changed."""
    at = clip.index(b"tkhd") + 44
    return clip[:at] + struct.pack(">9i", *UPRIGHT) + clip[at + 36 :]
