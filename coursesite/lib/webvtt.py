"""Captions: a WebVTT file read line by line, and what is wrong with it said with the line."""

import re
from collections.abc import Iterator

MOST = 8  # faults told at once
CLOCK = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
TIMES = re.compile(rf"^{CLOCK}[ \t]+-->[ \t]+{CLOCK}(?:[ \t].*)?$")
NO_CUE = ("NOTE", "STYLE", "REGION")


def faults(data: bytes) -> list[str]:
    """What is wrong, each with its line; empty for captions that a player takes."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ["The captions are not UTF-8 text. Save them as UTF-8."]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.match(r"^WEBVTT(?:[ \t]|$)", lines[0]):
        return ["Line 1: captions begin with the word WEBVTT, alone on its line."]
    found = [*blocks(lines)]
    return found[:MOST] + ([f"… and {len(found) - MOST} more."] if len(found) > MOST else [])


def blocks(lines: list[str]) -> Iterator[str]:
    cues, last, at = 0, 0, 1
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        end = next((place for place in range(at, len(lines)) if not lines[place].strip()), len(lines))
        block = lines[at:end]
        if not block[0].startswith(NO_CUE):
            fault, begins = cue(block, at + 1, last)
            yield from fault
            cues, last = cues + 1, begins
        at = end
    if not cues:
        yield "There is no caption in the file: a time like 00:01.000 --> 00:04.000 and below it the words."


def cue(block: list[str], line: int, last: int) -> tuple[list[str], int]:
    """Faults of one cue whose first line has this number, and when it begins; `last` is when the one before began."""
    place = next((index for index, one in enumerate(block) if "-->" in one), None)
    if place is None:
        return [f"Line {line}: a time is missing, like 00:01.000 --> 00:04.000."], last
    found = TIMES.match(block[place].strip())
    here = line + place
    if not found:
        return [
            f"Line {here}: “{block[place].strip()[:60]}” is no time. Write 00:01.000 --> 00:04.000."
        ], last
    begins, ends = (milliseconds(*found.groups()[start : start + 4]) for start in (0, 4))
    wrong = []
    if ends <= begins:
        wrong.append(f"Line {here}: the caption ends before it begins.")
    if begins < last:
        wrong.append(f"Line {here}: it begins before the caption above it.")
    if not any(one.strip() for one in block[place + 1 :]):
        wrong.append(f"Line {here}: the words below the time are missing.")
    return wrong, max(begins, last)


def milliseconds(hours: str | None, minutes: str, seconds: str, rest: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest)
