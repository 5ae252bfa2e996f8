"""Other senders: processes of their own, which can be killed, and threads that start together."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections, transaction


def child(work: Callable[[], object]) -> int:
    """The process id of a forked sender that does the work and ends."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work()
    except BaseException:
        os._exit(2)
    os._exit(0)


def end_of(pid: int) -> int:
    """How it ended: 0 well, -9 killed, 2 by an exception."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@contextmanager
def started_when_told(work: Callable[[], object]) -> Iterator[tuple[int, Callable[[], int]]]:
    """A sender that waits for the word: its process id is known before it begins. `go` lets it run to its end."""
    ear, mouth = os.pipe()

    def listen() -> None:
        os.close(mouth)
        os.read(ear, 1)
        work()

    pid = child(listen)

    def go() -> int:
        os.write(mouth, b"!")
        return end_of(pid)

    try:
        yield pid, go
    finally:
        os.close(ear)
        os.close(mouth)


def at_once(number: int, work: Callable[[], object]) -> None:
    """Run `work` in so many threads, all starting together; what one of them raises, the test raises."""
    start, faults = threading.Barrier(number), list[BaseException]()

    def one() -> None:
        start.wait()
        try:
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


def meanwhile(lock: Callable[[], object], theirs: Callable[[], object], ours: Callable[[], object]) -> None:
    """`theirs` comes upon what is locked and waits; then we go on. On SQLite they wait for all of it."""
    faults = list[BaseException]()

    def work() -> None:
        try:
            theirs()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    other, until = threading.Thread(target=work), time.monotonic() + 5
    with transaction.atomic():
        lock()
        other.start()
        while connection.vendor == "postgresql" and other.is_alive() and not is_waited_for():
            assert time.monotonic() < until
            time.sleep(0.01)
        ours()
    other.join()
    assert faults == []
