"""A mail server of a few lines on a port of its own, to see what really goes over the wire."""

import os
import signal
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TURNS = {"MAIL": 1, "RCPT": 2, "DATA": 3}


class Relay(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Session)
        self.mails: list[bytes] = []
        self.senders: list[str] = []  # of each mail, what MAIL FROM said
        self.readers: list[str] = []  # and RCPT TO
        self.words: list[str] = []  # every command, first word only
        self.connections = 0
        self.gone: set[str] = set()  # addresses refused with 5.1.1
        self.refuses: dict[tuple[str, str], str] = {}  # (word, part of an address): the answer
        self.happens: dict[
            str, Callable[[], object]
        ] = {}  # before a word is answered, once; "." is the final dot
        self.offers = ["8BITMIME", "PIPELINING"]
        self.hang_up_after_dot = False
        self.hangs_up_after_refusal = False
        self.is_lax = False  # takes a mail even from a sender it refused
        self.hang_up_after = 1_000  # mails on one connection

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def kills(self, pid: int, at: str) -> None:
        """kill -9 of a sender when it comes to this word."""
        self.happens[at] = lambda: os.kill(pid, signal.SIGKILL)

    def before(self, word: str) -> None:
        """A command came in."""

    def took(self, reader: str, content: bytes) -> None:
        self.mails.append(content)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that was killed is no fault of ours."""


class Session(socketserver.StreamRequestHandler):
    server: Relay

    def handle(self) -> None:
        self.server.connections += 1
        self.carried, self.reader, self.sender, self.turn = 0, "", "", 0
        self.say("220 relay ready")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split(" ")[0].partition(":")[0]
            self.server.words.append(word)
            self.server.before(word)
            self.happening(word)
            if word in ("MAIL", "RCPT"):
                setattr(
                    self, "sender" if word == "MAIL" else "reader", line.partition("<")[2].partition(">")[0]
                )
            if refusal := self.refusal(word) or self.out_of_turn(word):
                self.say(refusal)
                self.turn = 0
                if refusal.startswith("421") or self.server.hangs_up_after_refusal:
                    return
            elif word == "EHLO":
                lines = ["relay", *self.server.offers]
                for number, text in enumerate(lines, 1):
                    self.say(f"250{' ' if number == len(lines) else '-'}{text}")
            elif word == "DATA":
                if self.take():
                    return
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.turn = TURNS.get(word, 0)
                self.say("250 fine")

    def out_of_turn(self, word: str) -> str:
        """As real servers do: no reader without a sender, no mail without a reader."""
        is_early = not self.server.is_lax and TURNS.get(word, 1) > self.turn + 1
        return "503 5.5.1 not now" if is_early else ""

    def refusal(self, word: str) -> str:
        if word == "RCPT" and self.reader in self.server.gone:
            return "550 5.1.1 nobody lives here"
        about = self.reader if word != "MAIL" else self.sender
        found = (text for (at, part), text in self.server.refuses.items() if at == word and part in about)
        return next(found, "")

    def take(self) -> bool:
        """One mail. Whether the line is cut after it."""
        self.turn = 0
        self.say("354 go on")
        body = self.body()
        if body is None:
            return True
        if refusal := self.refusal("."):
            self.say(refusal)
            return False
        self.server.senders.append(self.sender)
        self.server.readers.append(self.reader)
        self.server.took(self.reader, body)
        self.carried += 1
        self.happening(".")
        if self.server.hang_up_after_dot:
            return True
        self.say("250 2.0.0 Ok: queued as 4F5E2A1")
        return self.carried == self.server.hang_up_after

    def happening(self, word: str) -> None:
        if happens := self.server.happens.pop(word, None):
            happens()

    def body(self) -> bytes | None:
        """What stands before the dot, dots at line starts undone; None if the dot never comes."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return None
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running(port: int = 0) -> Iterator[Relay]:
    with Relay(port) as relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield relay
        relay.shutdown()
        thread.join()
