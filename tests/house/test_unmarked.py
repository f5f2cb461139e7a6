"""No page says a word that is not marked for translation; what is marked, the catalogues hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.place import CHECKOUT

APPS = ("config", "maps", "enterprises", "dispatch", "incidents", "accounts", "districts")
# Written in both languages at once, because nothing may be asked when they are shown.
BILINGUAL = {"404.html", "403.html", "500.html", "503.html", "unavailable.html"}
# Names and units that are the same in every language.
SAME = re.compile(
    r"中文回执|English slip|"
    r"12345|110|119|120|122|WGS-?84|GCJ-?02|BD-?09|English|中文|简体中文|QR|URL|API|m|km|F\d+|Esc|SHA-256|"
    r"Shift|Alt|Enter|min"
)
SEEN_ATTRIBUTES = re.compile(r'\b(?:alt|title|placeholder|aria-label|label|summary)="([^"]*)"')
LETTERS = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")


def templates() -> list[Path]:
    found = [path for app in APPS for path in (CHECKOUT / app).glob("templates/**/*.html")]
    return sorted(path for path in found if path.name not in BILINGUAL)


def bare(source: str) -> str:
    """What remains when everything the template engine fills in is taken out."""
    source = re.sub(r"\{% comment .*?endcomment %\}|\{#.*?#\}", "", source, flags=re.S)
    source = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", source, flags=re.S)
    source = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}|&\w+;", "", source)
    source = re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", "", source, flags=re.S)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.S)


def unmarked(source: str) -> list[str]:
    text = bare(source)
    said = SEEN_ATTRIBUTES.findall(text)
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", "", text, flags=re.S)
    said.append(re.sub(r"<[^>]*>", "\n", text))
    words = [word for each in said for word in LETTERS.findall(SAME.sub(" ", each))]
    return sorted(set(words))


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_template_says_nothing_unmarked(path: Path) -> None:
    assert unmarked(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<p>Hello {% translate "there" %}</p>', ["Hello"]),
        ('<img alt="A photo">', ["photo"]),
        ("<input placeholder=\"{% translate 'Search' %}\">", []),
        ("<b>你好</b>{{ name }}", ["你好"]),
        ("{% if a %}{{ b }} · 12345{% endif %}", []),
    ],
)
def test_the_search_for_unmarked_words_finds_them(source: str, found: list[str]) -> None:
    assert unmarked(source) == found


SPEAKING = {"error", "success", "info", "warning", "Refused", "NotAllowedNow", "NotYours",
            "OrderGone", "NotFree", "OffShift", "Unprocessable", "NotForRole"}  # fmt: skip


def speaking_literals(tree: ast.AST) -> Iterator[str]:
    """Sentences given to people as plain literals: `Refused("field", "Sentence.")`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        whose = getattr(getattr(node.func, "value", None), "id", "messages")
        if name not in SPEAKING or whose not in ("messages", "errors"):
            continue
        last = node.args[-1] if node.args else None
        if isinstance(last, ast.Constant) and isinstance(last.value, str) and last.value:
            yield last.value
        if isinstance(last, ast.JoinedStr) and LETTERS.search(
            "".join(str(p.value) for p in last.values if isinstance(p, ast.Constant))
        ):
            yield ast.unparse(last)


def test_no_refusal_is_a_plain_literal() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}: {said}"
        for app in APPS
        if app != "config"  # what `./hotline` says to whoever runs it is English
        for path in sorted((CHECKOUT / app).rglob("*.py"))
        for said in speaking_literals(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_the_search_for_plain_literals_finds_them() -> None:
    source = 'raise Refused("field", "Say it.")\nmessages.error(request, f"{a}: gone")\n'
    assert len(list(speaking_literals(ast.parse(source)))) == 2


SHOWN_BY_JS = re.compile(
    r"(?:textContent|innerText|\balert\(|tell\(|say\()\s*=?\s*[\"'`]([^\"'`]*)"
)


def test_no_script_shows_an_unmarked_word() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}: {said}"
        for app in APPS
        for path in sorted((CHECKOUT / app).glob("static/**/*.js"))
        for said in SHOWN_BY_JS.findall(path.read_text(encoding="utf-8"))
        if re.search(r"[a-z] [a-z]|[\u4e00-\u9fff]", SAME.sub(" ", re.sub(r"\$\{.*", "", said)))
    ]
    assert found == []


def test_no_word_hides_in_an_f_string() -> None:
    """`f"{_('word')}"` is seen by no tool that reads catalogues: the word stays untranslated."""
    hiding = re.compile(r"\bf(\"[^\"\n]*\{_\(|'[^'\n]*\{_\()")
    found = [
        str(path.relative_to(CHECKOUT))
        for app in APPS
        for path in sorted((CHECKOUT / app).rglob("*.py"))
        if hiding.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
