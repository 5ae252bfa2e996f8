"""A mail server of a few lines on a port of its own, to see what really goes over the wire."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Relay(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: list[bytes] = []
        self.connections = 0
        self.gone: set[str] = set()  # addresses refused with 5.1.1
        self.hang_up_after_dot = False
        self.hang_up_after = 1_000  # mails on one connection

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Session(socketserver.StreamRequestHandler):
    server: Relay

    def handle(self) -> None:
        self.server.connections += 1
        carried = 0
        self.say("220 relay ready")
        while line := self.rfile.readline().decode().strip():
            word = line.upper()
            if word.startswith("RCPT") and any(address in line for address in self.server.gone):
                self.say("550 5.1.1 nobody lives here")
            elif word == "DATA":
                self.say("354 go on")
                self.server.mails.append(self.body())
                carried += 1
                if self.server.hang_up_after_dot:
                    return
                self.say("250 2.0.0 taken")
                if carried == self.server.hang_up_after:
                    return
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running() -> Iterator[Relay]:
    with Relay() as relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield relay
        relay.shutdown()
        thread.join()
