"""The words of a letter: HTML made plain, quotes and signatures folded away. Knows no Django."""

import re
import unicodedata
from html.parser import HTMLParser

UNSHOWN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object"})
LINES = frozenset(
    {
        *("address", "article", "br", "dd", "div", "dl", "dt", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"),
        *("ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
        *("blockquote"),
    }
)
QUOTE_CLASSES = ("gmail_quote", "moz-cite-prefix", "yahoo_quoted", "qmbox")
# From here on nothing is the sender's own.
CUTS = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|forwarded message|原始邮件|原邮件|转发的?邮件)\s*-{2,}"
    r"|_{20,}|-- ?|sent from my \S.*|发自我的.*)\s*$",
    re.IGNORECASE,
)
# A line that says who wrote what follows.
WROTE = re.compile(
    r"^\s*(?:on\b.{5,200}\bwrote:|在.{5,200}写道[::]|.{5,200}于.{5,100}写道[::])\s*$",
    re.IGNORECASE,
)
HEAD = re.compile(r"^\s*\**(?:from|发件人|寄件者)\**\s*[::]", re.IGNORECASE)
HEAD_MORE = re.compile(
    r"^\s*\**(?:sent|date|to|subject|发送时间|发件时间|日期|收件人|主题|寄件日期)\**\s*[::]",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Full-width digits and letters as the usual ones."""
    return unicodedata.normalize("NFKC", text)


class _Text(HTMLParser):
    """Collects what a reader would see; lines of a quote begin with >."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.unshown: list[str] = []
        self.quotes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSHOWN:
            self.unshown.append(tag)
        if tag in LINES:
            self.line()
        if tag == "blockquote":
            self.quotes.append(tag)
            self.line()
        if tag == "div" and any(name in (dict(attrs).get("class") or "") for name in QUOTE_CLASSES):
            self.out.append("> ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.unshown:
            del self.unshown[self.unshown.index(tag) :]
        if tag == "blockquote" and self.quotes:
            self.quotes.pop()
        if tag in LINES:
            self.line()

    def handle_data(self, data: str) -> None:
        if not self.unshown:
            self.out.append(re.sub(r"\s+", " ", data))

    def line(self) -> None:
        self.out.append("\n" + "> " * min(len(self.quotes), 1))


def text_of_html(html: str) -> str:
    """What somebody reads on the page: no scripts, no styles, no addresses of pictures."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    text = "".join(reader.out).replace("\xa0", " ")
    lines = (re.sub(r" +", " ", line).rstrip() for line in text.split("\n"))
    shown = "\n".join("" if line.strip() == ">" else line.lstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", shown).strip()


def fold(text: str) -> tuple[str, str]:
    """The sender's own words, and what was folded away; all of it is theirs if nothing else is."""
    lines = text.strip().split("\n")
    own: list[str] = []
    folded: list[str] = []
    for n, line in enumerate(lines):
        if begins_the_end(lines, n):
            folded += lines[n:]
            break
        (folded if is_quoted(lines, n) else own).append(line)
    said, rest = "\n".join(own).strip(), "\n".join(folded).strip()
    return (said, rest) if said else (unquoted(text), "")


def begins_the_end(lines: list[str], n: int) -> bool:
    line = lines[n]
    if CUTS.match(line) or (HEAD.match(line) and any(map(HEAD_MORE.match, lines[n + 1 : n + 4]))):
        return True
    return bool(WROTE.match(line)) and not follows_quote(lines, n)


def is_quoted(lines: list[str], n: int) -> bool:
    return lines[n].lstrip().startswith(">") or bool(WROTE.match(lines[n]))


def follows_quote(lines: list[str], n: int) -> bool:
    after = next((line for line in lines[n + 1 : n + 5] if line.strip()), "")
    return after.lstrip().startswith(">")


def unquoted(text: str) -> str:
    return re.sub(r"(?m)^[ \t]*>[> ]*", "", text).strip()
