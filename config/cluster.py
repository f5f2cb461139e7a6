"""The private servers: PostgreSQL with PostGIS, and Redis, on sockets in folders of their own.

Who may enter: the socket lies in a folder only its owner (and root) can open, and the server asks
the kernel who calls (peer) and lets in that one user. PostgreSQL refuses to run as root; started by
root it runs as `postgres`, and root is let in as well.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.place import Refused, private_folder, short_name, socket_folder
from config.processes import Process

PORT = 5432  # names the socket only; nothing listens on the network
ROLE = DATABASE = "hotline"
SERVER_USER = "postgres"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
INSTALLED = Path("/usr/lib/postgresql")
EXTENSION_FILE = "/usr/share/postgresql/{version}/extension/postgis.control"


def as_server_user() -> list[str]:
    """The words before a command that make it run as the database's owner."""
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid", SERVER_USER, "--regid", SERVER_USER, "--init-groups"]


@dataclass(frozen=True)
class Postgres:
    """A cluster under `home`: data, sockets. `lasting` is False where the data end with us."""

    home: Path
    sockets: Path
    binaries: Path
    lasting: bool

    @classmethod
    def below(cls, var: Path, *, lasting: bool) -> "Postgres":
        home = _reachable(var / "postgres")
        return cls(home, _sockets(home), _binaries(home / "data"), lasting)

    @property
    def data(self) -> Path:
        return self.home / "data"

    def prepare(self) -> None:
        """Make the cluster unless it is there; an initdb that was interrupted starts over."""
        owner = pwd.getpwnam(SERVER_USER) if os.getuid() == 0 else None
        for folder in (self.home, self.sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if owner:
                os.chown(folder, owner.pw_uid, owner.pw_gid)
            folder.chmod(0o700)
        if (self.data / "PG_VERSION").exists() and not (self.home / "unfinished").exists():
            self._forget_stale_pid()
            return
        (self.home / "unfinished").touch()
        shutil.rmtree(self.data, ignore_errors=True)
        self._initdb()
        self._let_in()
        (self.home / "unfinished").unlink()

    def _forget_stale_pid(self) -> None:
        """After a power cut another program may bear the old number, and postgres would wait."""
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        number = file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        command = Path("/proc") / number / "cmdline"
        if number and command.exists() and os.fsencode(self.data) in command.read_bytes():
            raise Refused(
                f"PostgreSQL (process {number}) already runs on {self.data}; end it first."
            )
        file.unlink()

    def _initdb(self) -> None:
        # C.UTF-8, not C: with C the trigrams of Chinese text are silently empty.
        options = ["--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums", "--auth-host=reject"]
        if not self.lasting:
            options.append("--no-sync")
        command = [str(self.binaries / "initdb"), "-D", str(self.data), "-U", ROLE]
        run_or_refuse([*as_server_user(), *command, "--auth-local=peer", *options], cwd=Path("/"))

    def _let_in(self) -> None:
        names = {pwd.getpwuid(os.getuid()).pw_name}
        if os.getuid() == 0:
            names.add(SERVER_USER)
        rules = "local all all peer map=hotline\nlocal replication all peer map=hotline\n"
        (self.data / "pg_hba.conf").write_text(rules, encoding="utf-8")
        people = "".join(f'hotline "{name}" {ROLE}\n' for name in sorted(names))
        (self.data / "pg_ident.conf").write_text(people, encoding="utf-8")

    def process(self) -> Process:
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.sockets),
            "max_connections": "100",
            "shared_buffers": "256MB" if self.lasting else "128MB",
            # A report answered 201 is never lost: these stay on, in tests as well.
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            # Compiling a plan costs more than our short statements.
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Process(
            "postgres",
            (str(self.binaries / "postgres"), "-D", str(self.data), *words),
            user=SERVER_USER,
            serves_others=True,
            cwd=Path("/"),
            stop_signal=signal.SIGINT,  # fast: roll back, write a checkpoint, end
        )

    def answers(self) -> bool:
        return self.psql("SELECT 1", quiet=True)

    def make_database(self) -> None:
        """Our database, and the extensions in template1: each new database begins with them."""
        done = self.home / "database-is-made"
        if done.exists():
            return
        extensions = "".join(f"CREATE EXTENSION IF NOT EXISTS {name};" for name in EXTENSIONS)
        self.psql(extensions, database="template1")
        if not self.psql("SELECT 1", database=DATABASE, quiet=True):
            self.psql(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        done.touch()

    def psql(self, statement: str, *, database: str = "postgres", quiet: bool = False) -> bool:
        command = [str(self.binaries / "psql"), "-h", str(self.sockets), "-p", str(PORT)]
        command += ["-U", ROLE, "-d", database, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement]
        if not quiet:
            run_or_refuse(command, cwd=Path("/"))
            return True
        return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0

    @staticmethod
    def remove_below(var: Path) -> None:
        home = _reachable(var / "postgres")
        for folder in (home, _sockets(home)):
            shutil.rmtree(folder, ignore_errors=True)


def _reachable(wished: Path) -> Path:
    """`wished`, or a folder in /var/lib when the server's user cannot get there."""
    if os.getuid() != 0:
        return wished
    wished.parent.mkdir(parents=True, exist_ok=True)
    test = subprocess.run([*as_server_user(), "test", "-x", str(wished.parent)], check=False)
    return wished if test.returncode == 0 else Path("/var/lib") / short_name(wished)


def _sockets(home: Path) -> Path:
    return socket_folder(home / "sockets", f".s.PGSQL.{PORT}.lock")


def _binaries(data: Path) -> Path:
    """The binaries of the version that made the data; for a new cluster the newest with PostGIS."""
    made_by = data / "PG_VERSION"
    if made_by.exists():
        version = made_by.read_text(encoding="ascii").strip()
        if not (INSTALLED / version / "bin" / "postgres").exists():
            raise Refused(f"{data} was made by PostgreSQL {version}, which is not installed.")
        return INSTALLED / version / "bin"
    found = [
        path.parent
        for path in INSTALLED.glob("*/bin/postgres")
        if Path(EXTENSION_FILE.format(version=path.parent.parent.name)).exists()
    ]
    if not found:
        raise Refused("No PostgreSQL with PostGIS is installed.")
    return max(found, key=lambda path: float(path.parent.name))


@dataclass(frozen=True)
class Redis:
    """The queue: everything on disk, nothing evicted. Caches do not belong here."""

    home: Path
    socket: Path

    @classmethod
    def below(cls, var: Path) -> "Redis":
        home = var / "redis"
        return cls(home, socket_folder(home, "redis.sock") / "redis.sock")

    def prepare(self) -> None:
        private_folder(self.home)
        private_folder(self.socket.parent)
        if shutil.which("redis-server"):
            return
        # The checking tool of redis-tools is the server under another name.
        tool = shutil.which("redis-check-rdb")
        if not tool:
            raise Refused("No Redis is installed.")
        link = self.home / "redis-server"
        link.unlink(missing_ok=True)
        link.symlink_to(tool)

    def process(self) -> Process:
        server = shutil.which("redis-server") or str(self.home / "redis-server")
        words = ("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700")
        keep = ("--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", "")
        argv = (server, *words, *keep, "--dir", str(self.home))
        return Process("redis", argv, serves_others=True)

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")  # not while it loads its file
            except OSError:
                return False

    @staticmethod
    def remove_below(var: Path) -> None:
        for folder in (var / "redis", socket_folder(var / "redis", "redis.sock")):
            shutil.rmtree(folder, ignore_errors=True)


def run_or_refuse(command: list[str], *, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")
