"""Kill what can be killed in the middle of thousands of letters, and count who got what: `make chaos-letters`.

B1  senders, mail server, broker and beat killed, PostgreSQL restarted, while lessons and reminders go out
B2  five tickers at the same second, two beats and a worker, for minutes
B13 the embedded mode: one process, SQLite, no broker; killed again and again; then what it costs to be idle
Real processes on loopback, ended by their own ids. Small: `ARGS="--letters 200 --kills 5"`. Exit code 1: a bar broke.
"""

import argparse
import datetime as dt
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.mailing import machine as machines
from tests.mailing.yardstick import slowness, verdict

MINUTE = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=2500)
    parser.add_argument("--kills", type=int, default=30, help="of senders; of all else a seventh of it")
    parser.add_argument("--minutes", type=float, default=10, help="of B2")
    parser.add_argument("--only", choices=["B1", "B2", "B13"])
    parser.add_argument(
        "--patience", type=float, default=12, help="seconds to wait for letters to flow again before a blow"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    random.seed(asked.seed)
    drills: dict[str, Callable[[Any], bool]] = {"B1": kill_all, "B2": five_tickers, "B13": kill_embedded}
    if asked.only:
        return int(not drills[asked.only](asked))
    # each in a process of its own: Django is set up for one database
    import subprocess

    rest = [
        f"--{name}={getattr(asked, name)}" for name in ("letters", "kills", "minutes", "patience", "seed")
    ]
    codes = [
        subprocess.call([sys.executable, "-m", "tests.mailing.chaos", f"--only={one}", *rest])
        for one in drills
    ]
    return int(any(codes))


# ---- what is to be sent ----
def fill(lessons: int, nudges: int, mark: str = "l") -> None:
    """So many readers whose first lesson is due, and so many reminders in the queue."""
    from coursesite.lib import clock
    from mailing.models import Contact, Letter, Run, Sequence
    from tests.mailing import scene

    now = clock.now()
    sequence = Sequence.objects.filter(slug="course").first() or scene.sequence(0, now=now)

    def people(number: int, mark: str) -> list[Contact]:
        names = [f"{mark}{n}@example.org" for n in range(number)]
        made = [Contact(email=name, email_key=name, name="Ann", created_at=now) for name in names]
        return Contact.objects.bulk_create(made, batch_size=500)

    more = {"sequence": sequence, "anchor_at": now, "next_step": sequence.steps.get(), "next_due_at": now}
    runs = [Run(contact=who, source=f"enrolment:{who.pk}", **more) for who in people(lessons, mark)]
    Run.objects.bulk_create(runs, batch_size=500)
    reminded = people(nudges, "n")
    for who in reminded[:1]:
        scene.of_kind(Letter.Kind.NUDGE, who=who, now=now, key="nudge")
    for like in Letter.objects.filter(dedupe_key="nudge"):
        same = {
            name: getattr(like, name)
            for name in ("kind", "priority", "revision", "context", "created_at", "not_before")
        }
        letters = [Letter(dedupe_key=f"nudge:{who.pk}", contact=who, **same) for who in reminded[1:]]
        Letter.objects.bulk_create(letters, batch_size=500)


def open_letters() -> int:
    """Letters on their way and runs not yet planned, at whatever time."""
    from mailing.models import Letter, Run

    states = [Letter.State.QUEUED, Letter.State.LEASED, Letter.State.HANDED]
    return patient(
        lambda: Letter.objects.filter(state__in=states).count() + Run.objects.filter(state="active").count()
    )


def patient(ask: Callable[[], Any]) -> Any:
    """Ask again while the database is being restarted."""
    from django.db import Error, connection

    for _ in range(200):
        try:
            return ask()
        except Error:
            connection.close()
            time.sleep(0.2)
    raise SystemExit("The database did not come back.")


def settle(machine: machines.Machine, seconds: float = 180) -> None:
    """Let the rest go out. When nothing moves any more the practice clock goes on by four minutes: leases end, a
    lesson in doubt is repeated after a quarter of an hour."""
    from coursesite.lib import clock

    until, seen, still = time.monotonic() + seconds, (-1, -1), 0
    while (left := open_letters()) and time.monotonic() < until:
        now = (left, len(machine.mails()))
        still = still + 1 if now == seen else 0
        if still >= 4:
            clock.move_to(clock.now() + dt.timedelta(minutes=4))
            still = 0
        seen = now
        time.sleep(1)


# ---- what came of it ----
def judge(machine: machines.Machine, *, lessons: int, nudges: int, kills: int, title: str) -> bool:
    from mailing.models import Letter

    mails = [mail for mail in machine.mails() if not mail["to"].startswith("coach")]
    times = Counter(mail["to"] for mail in mails)
    frozen: dict[str, set[tuple[str, str]]] = {}
    for mail in mails:
        frozen.setdefault(mail["to"], set()).add((mail["id"], mail["date"]))
    lost = [f"l{n}" for n in range(lessons) if not times[f"l{n}@example.org"]]
    doubles = sum(number - 1 for who, number in times.items() if who.startswith("l"))
    nudged_twice = sum(number - 1 for who, number in times.items() if who.startswith("n"))
    missing = {f"n{n}@example.org" for n in range(nudges)} - set(times)
    unknown = set(
        Letter.objects.filter(kind="nudge", state="unknown").values_list("contact__email", flat=True)
    )
    changed = sum(len(kinds) > 1 for kinds in frozen.values())
    states = dict(Counter(Letter.objects.exclude(kind="account").values_list("kind", "state")))
    good = not lost and doubles <= 0.25 * kills and not changed and not nudged_twice and missing <= unknown
    print(f"{title}: {'holds' if good else 'BROKEN'}")
    share = f"{doubles / max(kills, 1):.2f} a blow"
    print(
        f"  lessons {lessons}: lost {len(lost)}, doubles {doubles} ({share}), with another id or date {changed}"
    )
    if nudges:
        print(f"  reminders {nudges}: doubles {nudged_twice}, missing {len(missing)}, "
              f"of these unknown in the ledger {len(missing & unknown)}; unknown in all {len(unknown)}")  # fmt: skip
    print(f"  ledger {', '.join(f'{kind} {state} {n}' for (kind, state), n in sorted(states.items()))}")
    return good


# ---- B1 ----
def kill_all(asked: Any) -> bool:
    others = max(1, round(asked.kills / 7))
    lessons = asked.letters // 2
    with machines.running(postgres=True, redis=True, delay=0.02) as (machine, server):
        fill(lessons, asked.letters - lessons)
        machine.broker.start()
        senders = [machine.worker(1), machine.worker(2)]
        beat = machine.beat()
        for part in (*senders, beat):
            part.start()
        blows: list[Callable[[], object]] = [
            machine.relay.die_and_rise,
            machine.broker.die_and_rise,
            beat.die_and_rise,
        ]
        plan = [random.choice(senders).die_and_rise for _ in range(asked.kills)] + blows * others
        plan += [server.restart if server else cut_connections] * max(1, others // 2)
        random.shuffle(plan)
        begun = time.monotonic()
        for blow in plan:
            strike(machine, blow, asked.patience)
        seconds, out = time.monotonic() - begun, len(machine.mails())
        print(f"B1: {len(plan)} blows in {seconds:.0f} s, {out} mails out by then, {open_letters()} open")
        settle(machine, 900)
        others_died = f"relay {machine.relay.deaths}, broker {machine.broker.deaths}, beat {beat.deaths}"
        base = f"restarted at once {server.restarts} times" if server else "had its connections cut"
        print(f"  killed: senders {sum(one.deaths for one in senders)}, {others_died}; PostgreSQL {base}")
        return judge(
            machine, lessons=lessons, nudges=asked.letters - lessons, kills=len(plan), title="B1 chaos"
        )


def strike(machine: machines.Machine, blow: Callable[[], object], patience: float) -> None:
    """Wait until letters flow again, a little longer, and hit."""
    before, until = len(machine.mails()), time.monotonic() + patience
    while len(machine.mails()) < before + 5 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(random.random() * 0.6)
    blow()


def cut_connections() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# ---- B2 ----
def five_tickers(asked: Any) -> bool:
    """Readers become due all the time; five processes tick at each full second, two beats ring for a worker."""
    from tests.mailing import hands

    seconds = int(asked.minutes * MINUTE)
    readers = min(asked.letters, seconds * 2)
    with machines.running(postgres=True, redis=True) as (machine, _):
        fill(readers, 0)
        spread(readers, seconds)
        machine.broker.start()
        for part in (machine.worker(1), machine.beat(1), machine.beat(2)):
            part.start()
        until = time.time() + seconds
        tickers = [hands.child(lambda: tick_until(until)) for _ in range(5)]
        ends = [hands.end_of(pid) for pid in tickers]
        settle(machine, 60)
        print(f"B2: {seconds} s, five tickers ended with {ends}")
        return judge(machine, lessons=readers, nudges=0, kills=0, title="B2 five tickers and two beats")


def spread(readers: int, seconds: int) -> None:
    from coursesite.lib import clock
    from mailing.models import Run

    now = clock.now()
    for place, run in enumerate(Run.objects.order_by("pk")):
        due = now + dt.timedelta(
            seconds=seconds * 0.9 * (place // 5 * 5) / readers
        )  # five at the same moment
        Run.objects.filter(pk=run.pk).update(next_due_at=due)


def tick_until(until: float) -> None:
    from mailing import tasks

    while time.time() < until:
        time.sleep(1 - time.time() % 1)
        tasks.tick()


# ---- B13 ----
def kill_embedded(asked: Any) -> bool:
    with machines.running(postgres=False, redis=False, delay=0.02) as (machine, _):
        fill(asked.letters, 0)
        worker = machine.worker(1)
        worker.start()
        for _ in range(asked.kills):
            strike(machine, worker.die_and_rise, asked.patience)
        print(f"B13: {worker.deaths} kills, {len(machine.mails())} mails out by then")
        settle(machine, 600)
        good = judge(machine, lessons=asked.letters, nudges=0, kills=asked.kills, title="B13 embedded")
        own, resident = own_mb(worker.pid), resident_mb(worker.pid)
        often = idle_share(worker.pid)
        worker.kill()
        del worker.environment["TICK_SECONDS"]  # as often as the site by itself
        worker.start()
        share = idle_share(worker.pid)
        said = verdict(share, 2, slowness())
        print(f"  idle: {share:.1f} % of a core: {said}; at a tick a second {often:.1f} %")
        print(f"  memory after the letters: {own:.0f} MB of its own, {resident:.0f} MB resident")
        return good and said != "MISSED" and own <= 90


def idle_share(pid: int) -> float:
    """Percent of a core over half a minute, once the process has begun its work."""
    time.sleep(15)
    before, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(30)
    return 100 * (cpu_seconds(pid) - before) / (time.monotonic() - begun)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def own_mb(pid: int) -> float:
    """Without the pages of libraries that the web process beside it has in memory as well."""
    private = [
        line for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if "Private" in line
    ]
    return sum(int(line.split()[1]) for line in private) / 1024


if __name__ == "__main__":
    sys.exit(main())
