"""How fast letters go out and what memory that takes: `make bench-letters`.

B5  planning and sending, one to four senders, by turns with django-drip-campaigns on the same database server, if
    PEER names a Python that has it (a virtual environment of its own, never the site's)
B6  memory of one sender with 100,000 due
SINK may name a mail sink (postfix's smtp-sink) that is called with host:port and a backlog; else our own relay takes
the mails, which is slower than either sender.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.mailing import hands
from tests.mailing import machine as machines
from tests.mailing.chaos import fill
from tests.mailing.yardstick import slowness, verdict

CPU_MS = 2.5  # the bar of one letter sent by one sender
LONGEST = 300  # seconds that one sender works; what it has not sent by then is missed
PEER, SINK = os.environ.get("PEER", ""), os.environ.get("SINK", "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--due", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=60, help="of B6")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    asked = parser.parse_args()
    if asked.only:
        return int(not measure(asked, postgres=asked.only == "postgres"))
    rest = [f"--{name}={getattr(asked, name)}" for name in ("letters", "rounds", "due", "seconds")]
    run = [sys.executable, "-m", "tests.mailing.bench"]
    return int(sum(subprocess.call([*run, f"--only={one}", *rest]) for one in ("sqlite", "postgres")) > 0)


def measure(asked: Any, *, postgres: bool) -> bool:
    with machines.running(postgres=postgres, redis=False) as (machine, server):
        if SINK:
            machine.relay.kill()
            machine.relay.command = [*SINK.split(), f"127.0.0.1:{machine.relay_port}", "200"]
            machine.relay.start()
        name = "PostgreSQL" if server else machine.environment["DATABASE_URL"].partition(":")[0]
        sink = SINK.rpartition("/")[2] or "our relay"
        print(f"{name}; sink: {sink}; {asked.letters} letters, {asked.rounds} rounds, medians", flush=True)
        figures: dict[str, list[dict[str, float]]] = {}
        for number in range(asked.rounds):
            for senders in (1, 2, 4):
                row = {"slow": slowness(), **ours(asked.letters, senders, f"o{number}s{senders}x")}
                figures.setdefault(f"ours, {senders} senders", []).append(row)
            if PEER:
                figures.setdefault("django-drip-campaigns", []).append(
                    peer(machine, server, asked.letters, f"p{number}x")
                )
        speeds = {who: told(who, rows) for who, rows in figures.items()}
        if not PEER:
            print("  no peer: PEER names no Python that has django-drip-campaigns")
        memory = b6(asked)
        return memory <= 150 and bars(speeds, bool(server)) and cheap(figures["ours, 1 senders"])


def told(who: str, rows: list[dict[str, float]]) -> float:
    speed = statistics.median(row["sent"] / row["seconds"] for row in rows)
    print(f"  {who}: {speed:.0f} letters/s, {cpu_ms(rows):.2f} ms CPU a letter")
    return speed


def cpu_ms(rows: list[dict[str, float]]) -> float:
    return statistics.median(1000 * row["cpu"] / row["sent"] for row in rows)


def cheap(rows: list[dict[str, float]]) -> bool:
    said = verdict(cpu_ms(rows), CPU_MS, statistics.median(row["slow"] for row in rows))
    print(f"  processor of one sender (bar {CPU_MS} ms a letter): {said}")
    return said != "MISSED"


def bars(speeds: dict[str, float], is_postgres: bool) -> bool:
    if not PEER:
        return True
    theirs, least = speeds["django-drip-campaigns"], 0.3 if is_postgres else 0.6
    one, best = (
        speeds["ours, 1 senders"] / theirs,
        max(speeds["ours, 2 senders"], speeds["ours, 4 senders"]) / theirs,
    )
    print(f"  one sender {one:.2f} of theirs (bar {least}), best of two and four {best:.2f} (bar 1.0)")
    return one >= least and best >= 1.0


def ours(letters: int, senders: int, mark: str) -> dict[str, float]:
    """Plan and send so many, in so many processes."""
    from mailing.models import Letter

    fill(letters, 0, mark=mark)
    begun, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    pids = [hands.child(work) for _ in range(senders)]
    if any(hands.end_of(pid) for pid in pids):
        raise SystemExit("A sender failed.")
    seconds, spent = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = spent.ru_utime + spent.ru_stime - cpu.ru_utime - cpu.ru_stime
    sent = Letter.objects.filter(state="sent", contact__email__startswith=mark).count()
    if sent != letters:
        raise SystemExit(f"{sent} of {letters} were sent.")
    return {"sent": sent, "seconds": seconds, "cpu": used}


def work() -> None:
    """What a tick does, until nothing is left."""
    from coursesite.lib import clock
    from mailing import delivery, drip
    from mailing.models import Letter, Run

    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        planned = drip.plan(now=clock.now())
        done = delivery.deliver(now=clock.now())
        if not planned and not done.sent:
            left = (
                Run.objects.filter(state="active").exists() or Letter.objects.filter(state="queued").exists()
            )
            if not left:
                return
            time.sleep(0.1)  # what is left is in the hands of others: not to be asked for all the time


def peer(
    machine: machines.Machine, server: machines.Postgres | None, letters: int, mark: str
) -> dict[str, float]:
    folder = machine.folder
    url = server.url.rpartition("/")[0] + "/template1" if server else f"sqlite:///{folder}/peer.sqlite3"
    environment = {**os.environ, "PEER_DATABASE_URL": url, "PEER_BODY": same_text()}
    environment.pop("DJANGO_SETTINGS_MODULE")
    command = [PEER, str(Path(__file__).with_name("peer.py")), str(letters), mark]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, cwd="/")
    row: dict[str, float] = json.loads(said.stdout)
    return row


def same_text() -> str:
    """Our compiled letter as their template: the same words, the same size."""
    from mailing.models import StepRevision
    from mailing.placeholders import NAME

    html = StepRevision.objects.filter(step__sequence__slug="course").values_list("html", flat=True)[0]
    return NAME.sub("{{ user.first_name }}", html)


def b6(asked: Any) -> float:
    """Resident memory of one sender with many due, at the beginning and at the end of a minute."""
    fill(asked.due, 0, mark="m")
    pid = hands.child(lambda: work_for(asked.seconds))
    time.sleep(5)
    from tests.mailing.chaos import resident_mb

    seen = []
    for _ in range(max(1, asked.seconds // 5 - 2)):
        seen.append(resident_mb(pid))
        time.sleep(5)
    hands.end_of(pid)
    print(
        f"  B6: {asked.due} due: {seen[0]:.0f} MB at first, {max(seen):.0f} MB at most, {seen[-1]:.0f} MB at last"
    )
    return max(seen)


def work_for(seconds: int) -> None:
    from mailing import tasks

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        tasks.tick()


if __name__ == "__main__":
    sys.exit(main())
