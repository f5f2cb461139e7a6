"""A small IMAP server of our own, real enough for imaplib, on 127.0.0.1; it can cut the line."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

USER, PASSWORD = "hotline@example.cn", "pass/word@1 secret"


class Cut(Exception):
    """The line breaks here."""


@dataclass
class Kept:
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Postbox:
    """`cuts`: how many conversations break while a letter is told; `refuses`: uids not given."""

    letters: dict[int, Kept] = field(default_factory=dict)
    moved: list[bytes] = field(default_factory=list)
    cuts: int = 0
    refuses: set[int] = field(default_factory=set)
    can_move: bool = True
    asked: list[str] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None
    # TLS after STARTTLS, and not from the beginning.
    upgrades: bool = False

    def put(self, raw: bytes) -> int:
        uid = max(self.letters, default=0) + 1
        self.letters[uid] = Kept(raw)
        return uid

    def flags(self, uid: int) -> set[str]:
        return self.letters[uid].flags

    # --- Each answers with its lines, without the tag -----------------------------------------

    def search(self) -> list[bytes]:
        out = {"\\Seen", "\\Flagged", "\\Deleted"}
        found = [str(uid) for uid, kept in self.letters.items() if not kept.flags & out]
        return [b"* SEARCH " + " ".join(found).encode()]

    def fetch(self, uid: int, what: str) -> list[bytes]:
        raw = self.letters[uid].raw
        if "SIZE" in what:
            return [b"* 1 FETCH (UID %d RFC822.SIZE %d)" % (uid, len(raw))]
        if uid in self.refuses:
            return []
        if self.cuts:
            self.cuts -= 1
            raise Cut(b"* 1 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(raw)) + raw[: len(raw) // 2])
        return [b"* 1 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(raw)) + raw + b")"]

    def store(self, uid: int, flags: str) -> list[bytes]:
        self.letters[uid].flags |= set(re.findall(r"\\\w+", flags))
        return []

    def move(self, uid: int) -> list[bytes]:
        self.moved.append(self.letters.pop(uid).raw)
        return [b"* 1 EXPUNGE"]

    def copy(self, uid: int) -> list[bytes]:
        self.moved.append(self.letters[uid].raw)
        return []

    def by_uid(self, what: str, rest: str) -> list[bytes]:
        if what == "SEARCH":
            return self.search()
        given, _space, more = rest.partition(" ")
        uid = int(given)
        match what:
            case "FETCH":
                return self.fetch(uid, more)
            case "STORE":
                return self.store(uid, more)
            case "MOVE":
                return self.move(uid)
        return self.copy(uid)


@contextmanager
def imap_server(tls: ssl.SSLContext | None = None) -> Iterator[Postbox]:
    box = Postbox(tls=tls)

    class Handler(StreamRequestHandler):
        timeout = 20

        def setup(self) -> None:
            if box.tls and not box.upgrades:
                self.request = box.tls.wrap_socket(self.request, server_side=True)
            super().setup()

        def upgrade(self) -> None:
            assert box.tls
            self.request = box.tls.wrap_socket(self.request, server_side=True)
            super().setup()

        def say(self, line: bytes) -> None:
            self.wfile.write(line + b"\r\n")

        def handle(self) -> None:
            self.say(b"* OK ready")
            while line := self.rfile.readline().decode(errors="replace").strip():
                tag, command, *rest = line.split(" ", 2)
                box.asked.append(line)
                try:
                    self.answer(tag, command.upper(), rest[0] if rest else "")
                except Cut as cut:
                    self.wfile.write(cut.args[0])
                    return

        def answer(self, tag: str, command: str, rest: str) -> None:
            kind = "OK"
            if command == "CAPABILITY":
                self.say(b"* CAPABILITY IMAP4rev1 STARTTLS" + b" MOVE" * box.can_move)
            elif command == "LOGIN":
                kind = "OK" if rest == f'{USER} "{PASSWORD}"' else f"NO wrong {PASSWORD}"
            elif command == "SELECT":
                self.say(b"* %d EXISTS" % len(box.letters))
            elif command == "UID":
                what, _space, more = rest.partition(" ")
                for line in box.by_uid(what.upper(), more):
                    self.say(line)
            self.say(f"{tag} {kind} done".encode())
            if command == "STARTTLS":
                self.upgrade()

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    box.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
