"""How fast webhooks are taken while the worker works them off: 50 a second for half a minute, over real HTTP.

`make bench-webhook` starts the site with its worker in a folder of its own, on loopback, sends signed events about
orders it does not know, and prints p50, p95 and p99. It ends with an exit code of 1 when p95 is 200 ms or more. With
DATABASE_URL and REDIS_URL set it runs on those.
"""

import concurrent.futures
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

import stripe

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_sandbox_local"
RATE, SECONDS, BAR = 50, 30, 0.2


def main() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    with tempfile.TemporaryDirectory() as var:
        environment = {**os.environ, "VAR": var, "PORT": str(port)}
        run = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*run, "prepare"], env=environment, check=True, capture_output=True)
        site = subprocess.Popen([*run, "up"], env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_for(port)
            return told(sorted(storm(port)))
        finally:
            site.terminate()
            site.wait(20)


def wait_for(port: int) -> None:
    for _ in range(150):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live/", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The site did not start.")


def storm(port: int) -> list[float]:
    """Send at an even pace, whatever the answers take; the seconds of each."""
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(32) as hands:
        waiting = []
        for number in range(RATE * SECONDS):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            waiting.append(hands.submit(send, port, number))
        return [one.result() for one in waiting]


def send(port: int, number: int) -> float:
    subject = {"id": f"cs_test_bench{number}", "object": "checkout.session", "metadata": {}}
    event = {"id": f"evt_bench{number}", "object": "event", "type": "checkout.session.completed"}
    body = json.dumps(event | {"livemode": False, "data": {"object": subject}})
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
