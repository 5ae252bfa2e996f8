"""`make run`: the web server and the worker together, one calm box, Ctrl-C ends both."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from coursesite.management.commands.demo_people import COACH, STUDENT

MANAGE = str(settings.BASE_DIR / "manage.py")
STOP_SECONDS = 10
HOST = os.environ.get("HOST", "127.0.0.1")


class Command(BaseCommand):
    help = (
        "Start the web server, the Celery worker and, with a real broker, the beat. Ctrl-C stops all of it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):  # a shell that puts us behind ignores SIGINT for us
            signal.signal(number, interrupt)
        refuse_a_taken_port()
        children = [start(command) for command in commands()]
        try:
            wait_until_ready()
            self.stdout.write(box())
            watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping ...")
        finally:
            stop(children)


def commands() -> list[list[str]]:
    python = sys.executable
    web = [
        python, "-m", "uvicorn", "coursesite.asgi:application", "--host", HOST,
        "--port", str(settings.PORT), "--workers", os.environ.get("WEB_WORKERS", "1"), "--log-level", "warning",
        "--no-server-header", "--no-date-header", "--lifespan", "off", "--timeout-keep-alive", "15",
        "--no-proxy-headers",
    ]  # fmt: skip
    worker = [python, MANAGE, "worker"]
    beat = [python, "-m", "celery", "--quiet", "-A", "coursesite", "beat", "--loglevel", "WARNING",
            "--schedule", str(settings.VAR / "beat")]  # fmt: skip
    return [web, worker] if settings.EMBEDDED else [web, worker, beat]


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Each in a process group of its own, so that Ctrl-C reaches us alone and we end them in order."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "coursesite.settings"}
    if "uvicorn" in command and "sqlite" not in settings.DATABASE["ENGINE"]:
        environment.setdefault("DATABASE_POOL", "1")
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)


def refuse_a_taken_port() -> None:
    """Raises CommandError before anything is started: whoever answers there would be taken for our site."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, settings.PORT))
        except OSError as error:
            raise CommandError(f"Port {settings.PORT} is taken. Try PORT={settings.PORT + 1}.") from error


def wait_until_ready(seconds: int = 30) -> None:
    """Raises CommandError when the web server does not answer in time."""
    url = f"http://127.0.0.1:{settings.PORT}/health/live/"
    for _ in range(seconds * 10):
        try:
            with urlopen(url, timeout=2):
                return
        except HTTPError:  # it answers; this address may not be one of ALLOWED_HOSTS
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise CommandError(
        f"The web server did not answer on port {settings.PORT}. Is the port taken? Try PORT=8001."
    )


def watch(children: list[subprocess.Popen[bytes]]) -> None:
    """Return when a child ends by itself: half a site is worse than none, so the other is stopped as well."""
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    raise CommandError("A part of the site stopped by itself; what it said stands above.")


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def box() -> str:
    lines = [f"{settings.SITE_NAME} is open at {settings.SITE_URL}", ""]
    if settings.DEV_PAGES:
        lines += [
            f"Coach     {COACH}   desk: {settings.SITE_URL}/desk/",
            f"Student   {STUDENT}",
            "          Sign in with the address; the code lands in the mailbox.",
            f"Mailbox   {settings.SITE_URL}/_mailbox/   every mail the site sends, and tomorrow by a button",
        ]
    if settings.SANDBOX_ENABLED:
        lines += [
            "Cards     4242 4242 4242 4242  paid        any later date, any 3 digits",
            "          4000 0025 0000 3155  asks for 3-D Secure",
            "          4000 0000 0000 0002  declined",
            f"Payments  {settings.SITE_URL}/_sandbox/   play the bank: refunds, disputes, a month by a button",
        ]
    lines += ["", f"Everything it writes is in {short(settings.VAR)}. Ctrl-C stops it."]
    width = max(map(len, lines))
    edge = "+" + "-" * (width + 4) + "+"
    return "\n".join(["", edge, *(f"|  {line:<{width}}  |" for line in lines), edge, ""])


def short(path: Path) -> str:
    return (
        str(path.relative_to(settings.BASE_DIR)) + "/"
        if path.is_relative_to(settings.BASE_DIR)
        else str(path)
    )
