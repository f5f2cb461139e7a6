"""Every message has a translation, and the check would say so if one had not."""

from pathlib import Path

import pytest

from config.catalogues import Message, compared, entries, faults
from config.place import CHECKOUT

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
CALL = Message("", "call", "")


def test_the_committed_catalogues_are_complete() -> None:
    assert faults(CHECKOUT) == []


@pytest.mark.parametrize(
    ("name", "source", "domain"),
    [
        ("views.py", 'word = gettext("planted")', "django"),
        ("page.html", '{% load i18n %}{% translate "planted" %}', "django"),
        ("page.js", 'tell(gettext("planted"));', "djangojs"),
    ],
)
def test_a_planted_string_is_found(name: str, source: str, domain: str, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / name).write_text(source, encoding="utf-8")
    path = f"config/locale/zh_Hans/LC_MESSAGES/{domain}.po"
    assert faults(tmp_path) == [f'{path}: missing: "planted"']
    assert [file.name for file in (tmp_path / "app").iterdir()] == [name]


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        ('msgid "call"\nmsgstr "来电"', []),
        ('msgid ""\n"ca"\n"ll"\nmsgstr ""\n"来"\n"电"', []),
        ("", ['missing: "call"']),
        ('#~ msgid "call"\n#~ msgstr "来电"', ['missing: "call"']),
        ('msgid "call"\nmsgstr ""', ['untranslated: "call"']),
        ('#, fuzzy, python-format\nmsgid "call"\nmsgstr "来电"', ['fuzzy: "call"']),
        (
            'msgctxt "verb"\nmsgid "call"\nmsgstr "呼叫"',
            ['missing: "call"', 'no longer used: "call" (verb)'],
        ),
    ],
)
def test_an_entry_is_judged(entry: str, lines: list[str]) -> None:
    assert compared({CALL}, f"{HEADER}\n{entry}\n") == lines


def test_a_plural_needs_all_its_forms() -> None:
    text = 'msgid "a \\"call\\""\nmsgid_plural "calls"\nmsgstr[0] "来电"\nmsgstr[1] ""'
    (entry,) = entries(f"{HEADER}\n{text}\n")
    assert entry.message == Message("", 'a "call"', "calls")
    assert not entry.is_translated


def test_a_lost_placeholder_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (tmp_path / "views.py").write_text('word = gettext("%(n)s calls")', encoding="utf-8")
    entry = '#, python-format\nmsgid "%(n)s calls"\nmsgstr "来电"\n'
    (folder / "django.po").write_text(f"{HEADER}\n{entry}", encoding="utf-8")
    assert any("'n'" in line for line in faults(tmp_path))
