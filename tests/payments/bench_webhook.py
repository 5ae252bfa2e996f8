"""How fast webhooks are taken while the worker works them off: 50 a second for half a minute, over real HTTP.

`make bench-webhook` prepares a site in a folder of its own with orders whose buyers have paid and of which no webhook
has come, starts it with its worker on loopback, and sends each order's signed events again and again, each time under
a new id. It prints p50, p95 and p99 and how long the worker took until every order was paid; it ends with an exit
code of 1 when p95 is 200 ms or more or an order is not paid. With DATABASE_URL and REDIS_URL set it runs on those.
"""

import concurrent.futures
import http.client
import itertools
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import django
import stripe

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_sandbox_local"
RATE, SECONDS, BAR = 50, 30, 0.2
ORDERS, PATIENCE = 150, 300  # PATIENCE: seconds for the worker to work all of it off
RUN = secrets.token_hex(4)  # on a database that is kept, no id comes twice


def main() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    with tempfile.TemporaryDirectory() as var:
        os.environ |= {"VAR": var, "PORT": str(port), "DJANGO_SETTINGS_MODULE": "coursesite.settings"}
        run = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*run, "prepare"], check=True, capture_output=True)
        django.setup()
        events = bought()
        site = subprocess.Popen([*run, "up"], stdout=subprocess.DEVNULL)
        try:
            wait_for(port)
            return max(told(sorted(storm(port, events))), settled())
        finally:
            site.terminate()
            site.wait(20)


def bought() -> list[dict[str, Any]]:
    """Orders of guests who have paid, while nothing that was sent about it arrived; what was sent."""
    from courses.models import Course
    from sandbox import cards, checkout
    from sandbox.core import Payer
    from sandbox.ids import Ids
    from sandbox.models import Delivery
    from tests.payments import shop, world

    course, now = Course.objects.get(), django.utils.timezone.now()
    for number in range(ORDERS):
        email = f"buyer{number}-{RUN}@example.org"
        attempt = shop.begin(course, now=now, email=email, tab=f"{RUN}{number}")
        payer = Payer(email=email, name="Ann Miller", expiry=(8, 2029))
        card, seconds = cards.PRACTICE[world.GOOD], int(now.timestamp())
        checkout.pay(key=attempt.session_id or "", card=card, payer=payer, ids=Ids(), now=seconds)
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    events = [one.event.body for one in waiting.select_related("event")]
    waiting.update(state=Delivery.State.DROPPED)
    return events


def settled() -> int:
    """Wait until the worker has settled every order; 1 when it does not."""
    from payments.models import EventInbox, Order

    orders, began = Order.objects.filter(email__endswith=f"-{RUN}@example.org"), time.monotonic()
    unpaid, waiting = orders.exclude(state=Order.State.PAID), EventInbox.objects.filter(done_at=None)
    while (unpaid.exists() or waiting.exists()) and time.monotonic() - began < PATIENCE:
        time.sleep(0.5)
    paid = orders.filter(state=Order.State.PAID).count()
    print(f"{paid} of {ORDERS} orders paid and every event worked off "
          f"{time.monotonic() - began:.0f} s after the last webhook, {waiting.count()} events left")  # fmt: skip
    return int(paid != ORDERS or waiting.exists())


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live/", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The site did not start.")


def storm(port: int, events: list[dict[str, Any]]) -> list[float]:
    """Send at an even pace, whatever the answers take; the seconds of each."""
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(32) as hands:
        waiting = []
        for number, event in zip(range(RATE * SECONDS), itertools.cycle(events), strict=False):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            waiting.append(hands.submit(send, port, event | {"id": f"evt_{RUN}{number}"}))
        return [one.result() for one in waiting]


def send(port: int, event: dict[str, Any]) -> float:
    body = json.dumps(event)
    signed = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
    began = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request(
        "POST", "/stripe/webhook/", body, {"Content-Type": "application/json", "Stripe-Signature": signed}
    )
    status = line.getresponse().status
    line.close()
    if status != 200:
        raise SystemExit(f"A webhook was answered with {status}.")
    return time.perf_counter() - began


def told(seconds: list[float]) -> int:
    cuts = statistics.quantiles(seconds, n=100)
    print(f"{len(seconds)} webhooks at {RATE} a second: p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, "
          f"p99 {cuts[98] * 1000:.0f} ms, slowest {seconds[-1] * 1000:.0f} ms")  # fmt: skip
    return int(cuts[94] >= BAR)


if __name__ == "__main__":
    sys.exit(main())
