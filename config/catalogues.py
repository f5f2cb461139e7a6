"""Whether the message catalogues say everything that the sources mark for translation.

The sources are read anew, in a copy, by Django's own makemessages; English is the source language
and has no catalogue. `./hotline run` and the tests compile the catalogues (config.house).
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("zh_Hans",)
DOMAINS = ("django", "djangojs")
SUFFIXES = {".py", ".html", ".txt", ".js"}
FOREIGN = {"node_modules", "var", "tests", "docs", "fixtures", "staticfiles", "locale"}

WORD = re.compile(r'(?:(?P<keyword>msg[a-z_]+(?:\[\d+\])?) )?(?P<text>".*")$')


class Unreadable(Exception):
    """A gettext tool refused the sources or a catalogue; the text is what it said."""


@dataclass(frozen=True)
class Message:
    """What a page asks a translation for."""

    context: str
    text: str
    plural: str

    def __str__(self) -> str:
        shown = f'"{self.text}"' + (f' / "{self.plural}"' if self.plural else "")
        return f"{shown} ({self.context})" if self.context else shown


@dataclass(frozen=True)
class Entry:
    """One paragraph of a catalogue."""

    message: Message
    is_fuzzy: bool
    is_translated: bool


def entries(catalogue: str) -> list[Entry]:
    """All but the header and what is kept as obsolete."""
    found = (_entry(paragraph) for paragraph in re.split(r"\n\s*\n", catalogue))
    return [entry for entry in found if entry and entry.message.text]


def _entry(paragraph: str) -> Entry | None:
    words: dict[str, str] = {}
    flags: set[str] = set()
    keyword = ""
    for line in paragraph.splitlines():
        if line.startswith("#,"):
            flags.update(flag.strip() for flag in line[2:].split(","))
        elif match := WORD.match(line):
            keyword = match["keyword"] or keyword
            words[keyword] = words.get(keyword, "") + ast.literal_eval(match["text"])
    if "msgid" not in words:
        return None
    message = Message(words.get("msgctxt", ""), words["msgid"], words.get("msgid_plural", ""))
    answers = [text for keyword, text in words.items() if keyword.startswith("msgstr")]
    return Entry(message, "fuzzy" in flags, bool(answers) and all(answers))


def faults(checkout: Path) -> list[str]:
    """A line for every message that is missing, no longer used, fuzzy or untranslated."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_sources(checkout, copy)
        found = []
        for domain in DOMAINS:
            wanted = {entry.message for entry in entries(_extracted(copy, domain))}
            for language in LANGUAGES:
                path = Path("config", "locale", language, "LC_MESSAGES", f"{domain}.po")
                lines = [*compared(wanted, _read(checkout / path)), *_malformed(checkout / path)]
                found += [f"{path}: {line}" for line in lines]
        return found


def compared(wanted: set[Message], catalogue: str) -> list[str]:
    held = entries(catalogue)
    known = {entry.message for entry in held}
    return [
        *_lines("missing", wanted - known),
        *_lines("no longer used", known - wanted),
        *_lines("fuzzy", (entry.message for entry in held if entry.is_fuzzy)),
        *_lines("untranslated", (entry.message for entry in held if not entry.is_translated)),
    ]


def _lines(fault: str, messages: Iterable[Message]) -> list[str]:
    return sorted(f"{fault}: {message}" for message in messages)


def _read(catalogue: Path) -> str:
    return catalogue.read_text(encoding="utf-8") if catalogue.exists() else ""


def _malformed(catalogue: Path) -> list[str]:
    """Placeholders that the translation lost, and the like."""
    if not catalogue.exists():
        return []
    command = ["msgfmt", "--check", "-o", os.devnull, str(catalogue)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip().splitlines() if done.returncode else []


def _copy_sources(checkout: Path, copy: Path) -> None:
    """Aside, because makemessages writes beside the templates it reads."""
    for folder, below, files in os.walk(checkout):
        below[:] = [name for name in below if name not in FOREIGN and not name.startswith(".")]
        aside = copy / Path(folder).relative_to(checkout)
        aside.mkdir(exist_ok=True)
        for name in files:
            if Path(name).suffix in SUFFIXES:
                shutil.copyfile(Path(folder, name), aside / name)


def _extracted(copy: Path, domain: str) -> str:
    """The catalogue as the sources alone make it, without translations."""
    (copy / "locale").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "django", "makemessages", "-l", "en", "-d", domain]
    # Without settings the catalogue lands in the copy, not in the LOCALE_PATHS of the checkout.
    environ = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        command, cwd=copy, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unreadable(done.stderr.strip())
    return _read(copy / "locale" / "en" / "LC_MESSAGES" / f"{domain}.po")
