"""Where the platform runs: folders, ports, and the environment its processes read.

Errors: `Refused` carries a sentence for the person at the keyboard.
"""

import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parent.parent
# sockaddr_un holds 108 bytes, the last of them zero.
SOCKET_PATH_BYTES = 107
# Outside production each is kept in a file of the data folder, so many random bytes of it.
SECRETS = {
    "HOTLINE_SECRET_KEY": ("secret-key", 64),
    "HOTLINE_VAULT_KEYS": ("vault-key", 32),
    "HOTLINE_VAULT_INDEX_KEY": ("vault-index-key", 32),
}


class Refused(Exception):
    """The command cannot do what was asked; the text says why and what to do."""


@dataclass(frozen=True)
class Place:
    """One installation: its data folder, its addresses, its servers.

    The URLs are None until a private server was started or the outside named another.
    """

    var: Path
    environment: str
    bind: str
    port: int
    live_port: int
    database_url: str | None = None
    redis_url: str | None = None
    broker_url: str | None = None
    web_workers: int = 2
    web_threads: int = 8
    # Where letters are received; 0: nowhere.
    smtp_port: int = 0

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def media(self) -> Path:
        return self.var / "media"

    def moved(self, var: Path, *, environment: str, port: int) -> "Place":
        """The same servers given from outside, other data and ports."""
        return replace(
            self, var=var, environment=environment, port=port, live_port=port + 1, smtp_port=0
        )

    def private_postgres(self, sockets: Path, port: int) -> "Place":
        # The form with the folder in the path keeps upper case and survives every parser we use.
        return replace(
            self, database_url=f"postgis://hotline@:{port}/{quote(str(sockets))}/hotline"
        )

    def private_redis(self, socket: Path) -> "Place":
        name = quote(str(socket))
        return replace(
            self,
            redis_url=f"unix://{name}?db=0",
            broker_url=f"redis+socket://{name}?virtual_host=0",
        )

    def environ(self) -> dict[str, str]:
        """What config/settings.py reads, on top of the environment we were started with."""
        urls = {
            "DATABASE_URL": self.database_url,
            "HOTLINE_REDIS_URL": self.redis_url,
            "HOTLINE_BROKER_URL": self.broker_url,
        }
        return {
            **os.environ,
            **{name: url for name, url in urls.items() if url},
            "HOTLINE_ENV": self.environment,
            "HOTLINE_VAR": str(self.var),
            "HOTLINE_MEDIA_ROOT": os.environ.get("HOTLINE_MEDIA_ROOT", str(self.media)),
            "HOTLINE_BIND": self.bind,
            "HOTLINE_PORT": str(self.port),
            "HOTLINE_LIVE_PORT": str(self.live_port),
            "HOTLINE_WEB_THREADS": str(self.web_threads),
            "HOTLINE_SMTP_PORT": str(self.smtp_port or ""),
            "PYTHONUNBUFFERED": "1",
            **self._secrets(),
        }

    def _secrets(self) -> dict[str, str]:
        """In production they come from outside or the settings refuse; else we keep our own."""
        if self.environment == "production":
            return {}
        return {
            name: kept_secret(self.var / file, size)
            for name, (file, size) in SECRETS.items()
            if not os.environ.get(name)
        }


def place_from(environ: Mapping[str, str]) -> Place:
    port = _port(environ, "HOTLINE_PORT", 8000)
    environment = environ.get("HOTLINE_ENV") or "development"
    return Place(
        var=Path(environ.get("HOTLINE_VAR") or CHECKOUT / "var").absolute(),
        environment=environment,
        bind=environ.get("HOTLINE_BIND") or "0.0.0.0",
        port=port,
        live_port=_port(environ, "HOTLINE_LIVE_PORT", port + 1),
        database_url=environ.get("DATABASE_URL") or None,
        redis_url=environ.get("HOTLINE_REDIS_URL") or None,
        broker_url=environ.get("HOTLINE_BROKER_URL") or None,
        web_workers=_number(environ, "HOTLINE_WEB_WORKERS", 2, most=256),
        web_threads=_number(environ, "HOTLINE_WEB_THREADS", 8, most=256),
        smtp_port=_smtp_port(environ, port, environment),
    )


def _smtp_port(environ: Mapping[str, str], port: int, environment: str) -> int:
    """Off unless it is set; in development beside the pages, and off by an empty value."""
    if not environ.get("HOTLINE_SMTP_PORT"):
        wished = environment == "development" and "HOTLINE_SMTP_PORT" not in environ
        return port + 25 if wished and port + 25 <= 65535 else 0
    return _port(environ, "HOTLINE_SMTP_PORT", 0)


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    return _number(environ, name, default, most=65535)


def _number(environ: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise Refused(f"{name} is {text!r}; it must be a number between 1 and {most}.")
    return int(text)


def private_folder(path: Path) -> Path:
    """Make the folder ours alone; refuse one that somebody else put there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Refused(f"{path} belongs to somebody else; remove it or choose another HOTLINE_VAR.")
    path.chmod(0o700)
    return path


def kept_secret(path: Path, size: int = 64) -> str:
    """The secret of `size` random bytes in the file, made once.

    Written aside and linked: two starts agree on one.
    """
    if not path.exists():
        private = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(size))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(private, path)
        except FileExistsError:
            pass
        finally:
            private.unlink()
    return path.read_text(encoding="ascii").strip()


def short_name(path: Path) -> str:
    """A stable short name for a long path."""
    return f"hotline-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"


def socket_folder(wished: Path, longest_name: str) -> Path:
    """`wished`, or a short folder when the socket's whole path would not fit in an address."""
    if len(os.fsencode(wished / longest_name)) <= SOCKET_PATH_BYTES:
        return wished
    base = Path("/run") if os.getuid() == 0 else Path(tempfile.gettempdir())
    return base / f"{short_name(wished)}-{os.getuid()}"
