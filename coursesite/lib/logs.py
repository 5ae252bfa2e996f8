"""One JSON object a line, in UTC, with line breaks escaped, so that nobody can write lines of their own.

A line names no person and lets nobody in: addresses and what may be a token or a code are left out.
"""

import datetime as dt
import json
import logging
import re

ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")  # bounded, so that a long path costs no time
TOKEN = re.compile(r"(?<=/)(?=[\w:=-]*[A-Z:])[\w:=.-]{20,}")  # in the path of a mailed link
KEY = re.compile(r"\b(?:sk|rk|whsec)_\w{8,}")
CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")


def hide(text: str) -> str:
    """The text without addresses, tokens of mailed links, secret keys and sign-in codes."""
    for what in (TOKEN, KEY, CODE):
        text = what.sub("[hidden]", text)
    return ADDRESS.sub("[address]", text)


class Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": hide(record.getMessage()),
        }
        # A stranger's refused request needs no trace of our code.
        if record.exc_info and not record.name.startswith("django.security"):
            line["trace"] = hide(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)
