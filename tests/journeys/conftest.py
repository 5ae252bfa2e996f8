"""A whole site in real processes, as `make run` starts it: web server, worker, webhooks over HTTP, a mailbox."""

import os
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
from django.conf import settings

from tests.browser import Pages


@dataclass
class Site:
    url: str
    var: Path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Prepared and started once for all journeys; on the database and broker that the environment names."""
    var, port = tmp_path_factory.mktemp("site"), free_port()
    with FreshDatabase() as database:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "VAR": str(var),
            "PORT": str(port),
            "TICK_SECONDS": "1",
            **({"DATABASE_URL": database} if database else {}),
            **redis_of_its_own(),
        }
        run = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        subprocess.run([*run, "prepare"], env=environment, check=True, capture_output=True)
        log = (var / "log").open("wb")
        process = subprocess.Popen([*run, "up"], env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/health/ready/", process, var / "log")
            yield Site(f"http://localhost:{port}", var)
        finally:
            process.terminate()
            process.wait(20)
            log.close()
            noise = [
                line
                for line in (var / "log").read_text().splitlines()
                if '"level": "error"' in line and "/health/ready/" not in line
            ]
    assert noise == []


def redis_of_its_own() -> dict[str, str]:
    """Two sites at once, one for each process of the run, share no broker and no rate limits."""
    base, worker = os.environ.get("REDIS_URL"), os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return {"REDIS_URL": re.sub(r"/\d+$", f"/{8 + int(worker[2:]) % 8}", base)} if base else {}


class FreshDatabase:
    """A PostgreSQL database of our own if DATABASE_URL names a server, else nothing (SQLite lies in VAR)."""

    def __enter__(self) -> str | None:
        self.server = os.environ.get("DATABASE_URL", "")
        if not self.server:
            return None
        self.name = f"journey_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self.name}"'.encode())
        return re.sub(r"/[^/]*$", f"/{self.name}", self.server)

    def __exit__(self, *error: Any) -> None:
        if self.server:
            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)'.encode())


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: int = 60) -> None:
    for _ in range(seconds * 5):
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(url, timeout=3):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer.\n{log.read_text()}")


@pytest.fixture
def pages(browser: Any, site: Site) -> Iterator[Pages]:
    made = Pages(browser, site.url)
    yield made
    made.close()
    assert made.noise == []
