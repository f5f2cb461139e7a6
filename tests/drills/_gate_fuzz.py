"""Runs atheris at each parser for a while, from a corpus of our own files, and counts."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from config.place import CHECKOUT
from tests.drills._gate_tools import Tally
from tests.gate.files import encoded, noise
from tests.gate.strategies import BASES
from tests.incidents.clips import video

CORPORA: dict[str, list[bytes]] = {
    "bbox": [b"123,41,124,42", b"nan,0,1,1"],
    "geojson": [b'{"type":"Point","coordinates":[123.4,41.8]}'],
    "iso_6709": [b"+41.8100+123.4100/", b"+414836+1232436+050/"],
    "photo": [encoded(noise(16), kind) for kind in ("JPEG", "PNG", "WEBP")] + BASES[:1],
    "video": [video(seconds=0.3, sound=False)],
}


def fuzz_all(tally: Tally, *, seed: int, seconds: int) -> None:
    for target, corpus in CORPORA.items():
        print(f"atheris: {target}", flush=True)
        with tempfile.TemporaryDirectory(prefix="hotline-fuzz-") as folder:
            fuzz(target, corpus, Path(folder), tally, seed=seed, seconds=max(2, seconds))


def fuzz(
    target: str, corpus: list[bytes], folder: Path, tally: Tally, *, seed: int, seconds: int
) -> None:
    seeds = folder / "corpus"
    seeds.mkdir()
    for number, content in enumerate(corpus):
        (seeds / str(number)).write_bytes(content)
    command = [
        *(sys.executable, "-m", "tests.drills._gate_parsers", target, str(seeds)),
        *(f"-seed={seed}", f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-timeout=30"),
        *(f"-artifact_prefix={folder}/", "-max_len=65536", "-print_final_stats=1"),
    ]
    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, timeout=seconds + 120, check=False
    )
    found = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    tally.add(f"atheris {target}", "inputs", int(found[1]) if found else 0)
    if done.returncode or not found:
        tally.faults.append(f"atheris {target}: {done.stderr[-1_500:]}")
