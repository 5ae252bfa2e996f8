"""The machine that chaos and bench put together: database, broker, mail server, workers and beats, each a process of
its own on loopback, in a folder of its own, ended by its own process id."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PG = Path("/usr/lib/postgresql/15/bin")
PYTHON = sys.executable


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit(f"Nobody answers on port {port}.")


class Part:
    """A process with children, killed as one and started again."""

    def __init__(
        self, name: str, command: list[str], log: Path, environment: dict[str, str], port: int = 0
    ) -> None:
        self.name, self.command, self.log, self.environment, self.port = name, command, log, environment, port
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        if self.port:
            wait_for(self.port)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """kill -9, the whole group, for it was started as one of its own."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def die_and_rise(self) -> None:
        self.kill()
        self.deaths += 1
        self.start()


class Postgres:
    """A server of our own, so that it may be restarted; without its programs, the one DATABASE_URL names."""

    def __init__(self, folder: Path) -> None:
        self.data, self.port = folder / "pg", free_port()
        self.as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.restarts = 0
        folder.chmod(0o755)
        self.data.mkdir()
        if self.as_postgres:
            shutil.chown(self.data, "postgres", "postgres")
        self.run("initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres")
        self.control("start")

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        command = [*self.as_postgres, str(PG / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def control(self, word: str) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.data}"
        log = str(self.data / "log")
        self.run("pg_ctl", word, "-D", str(self.data), "-w", "-m", "immediate", "-l", log, "-o", options)

    def restart(self) -> None:
        """As after a crash: nothing is written down properly before."""
        self.control("restart")
        self.restarts += 1

    def stop(self) -> None:
        self.control("stop")


class Machine:
    def __init__(self, folder: Path, *, database: str, redis: bool, delay: float = 0.0) -> None:
        self.folder = folder
        self.relay_port, self.redis_port = free_port(), free_port() if redis else 0
        self.environment = {
            **{name: text for name, text in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")},
            "VAR": str(folder / "var"),
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "tests.mailing.own_settings",
            "RELAY_PORT": str(self.relay_port),
            "TICK_SECONDS": "1",
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0" if redis else "",
        }
        self.taken = folder / "taken"
        self.taken.touch()
        self.relay = self.part(
            "relay", [PYTHON, "-m", "tests.mailing.machine", str(self.relay_port), str(self.taken), str(delay)],
            port=self.relay_port,
        )  # fmt: skip
        self.broker = self.part(
            "broker", ["redis-server", "--port", str(self.redis_port), "--save", "", "--bind", "127.0.0.1"],
            port=self.redis_port,
        )  # fmt: skip
        self.parts = [self.relay]

    def part(self, name: str, command: list[str], port: int = 0) -> Part:
        return Part(name, command, self.folder / f"{name}.log", self.environment, port)

    def worker(self, number: int) -> Part:
        command = [PYTHON, str(ROOT / "manage.py"), "worker", "--concurrency", "1"]
        self.parts.append(part := self.part(f"worker{number}", command))
        return part

    def beat(self, number: int = 0) -> Part:
        schedule = str(self.folder / f"beat{number}")
        command = [PYTHON, "-m", "celery", "--quiet", "-A", "coursesite", "beat", "--schedule", schedule]
        self.parts.append(part := self.part(f"beat{number}", [*command, "--pidfile=", "--loglevel", "ERROR"]))
        return part

    def mails(self) -> list[dict[str, Any]]:
        """What the mail server took: reader, id, date, sha256."""
        return [json.loads(line) for line in self.taken.read_text().splitlines() if line.endswith("}")]

    def stop(self) -> None:
        for part in [*self.parts, self.broker]:
            part.kill()


@contextlib.contextmanager
def running(*, postgres: bool, redis: bool, delay: float = 0.0) -> Iterator[tuple[Machine, Postgres | None]]:
    """A machine with an empty database; this process uses the same settings and may ask that database."""
    with tempfile.TemporaryDirectory(prefix="letters-") as name:
        folder = Path(name)
        server = Postgres(folder) if postgres and (PG / "initdb").exists() else None
        url = server.url if server else os.environ.get("DATABASE_URL", "") if postgres else ""
        machine = Machine(folder, database=url or f"sqlite:///{folder}/db.sqlite3", redis=redis, delay=delay)
        try:
            os.environ.update(machine.environment)
            prepare()
            machine.relay.start()
            yield machine, server
        finally:
            machine.stop()
            if server:
                close_connections()
                server.stop()


def prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def close_connections() -> None:
    from django.db import connections

    connections.close_all()


def main() -> None:
    """The mail server as a process: it writes down each mail it takes before it says so."""
    import hashlib
    from email import message_from_bytes

    from tests.mailing import relay

    port, log, delay = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])

    class Writing(relay.Relay):
        def before(self, word: str) -> None:
            if word == "MAIL":  # slow like a real one, yet not between taking a mail and saying so
                time.sleep(delay)

        def took(self, reader: str, content: bytes) -> None:
            mail = message_from_bytes(content)
            row = {"to": reader, "id": mail["Message-ID"], "date": mail["Date"]}
            line = json.dumps(row | {"sha": hashlib.sha256(content).hexdigest()})
            handle = os.open(log, os.O_WRONLY | os.O_APPEND)
            os.write(handle, f"{line}\n".encode())
            os.close(handle)

    with Writing(port) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
