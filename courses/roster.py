"""A list of people from a file or a pasted text, read as kindly as possible: what each line means, or what is wrong."""

import csv
import io
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MOST_ROWS, MOST_BYTES, LONGEST_NAME = 5_000, 1_000_000, 80
HEADS = {
    "email": {"email", "e-mail", "mail", "e-mail address", "email address", "address"},
    "name": {"name", "first name", "firstname", "first_name", "called"},
    "course": {"course"},
}
WITH_NAME = re.compile(r"([^<>]*)<([^<>]*)>\s*")
FORMULA = "=+-@\t\r"  # how a cell begins that a spreadsheet would run when our lists are opened there


class Unreadable(ValueError):
    """It is no list of people; the message says why in plain words."""


@dataclass(frozen=True)
class Line:
    """One person. `number` is the line in the file, as an editor or a spreadsheet counts."""

    number: int
    email: str
    name: str = ""
    course: str = ""
    fault: str = ""


def decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 as some spreadsheets save, else what Windows writes in the West."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read(text: str) -> list[Line]:
    """Every line that is not empty, in order. Commas, semicolons and tabs part the cells. Raises Unreadable."""
    text = text.lstrip("\ufeff").replace("\x00", "")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=parted_by(text))
    places: dict[str, int] | None = None
    lines, begins = list[Line](), 1
    try:
        for row in rows:
            number, begins = begins, rows.line_num + 1
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if places is None:
                places = headed(cells)
                if "@" not in "".join(cells):
                    continue
            lines.append(line_of(number, cells, places))
            if len(lines) > MOST_ROWS:
                raise Unreadable(f"That is more than {MOST_ROWS:,} people. Split the list.")
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num} cannot be read: {error}.") from error
    if not lines:
        raise Unreadable("There is nobody in it.")
    return lines


def parted_by(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def headed(cells: list[str]) -> dict[str, int]:
    """Which cell is what: by the heads if the first line is none of a person, else address, name, course."""
    if "@" in "".join(cells):
        return {"email": 0, "name": 1, "course": 2}
    found = {
        word: place for place, cell in enumerate(cells) for word, names in HEADS.items() if cell.lower() in names
    }  # fmt: skip
    if "email" not in found:
        raise Unreadable("The first line names no column with addresses. Call it “email”.")
    return found


def line_of(number: int, cells: list[str], places: dict[str, int]) -> Line:
    def cell(word: str) -> str:
        place = places.get(word, len(cells))
        return cells[place] if place < len(cells) else ""

    email, name = cell("email"), cell("name")
    if "@" not in email and "@" in name:
        email, name = name, email
    called, email = parted(email)
    known, other = parted(name) if "@" in name else (name, email)
    email, name = email.lower(), harmless(known or called)[:LONGEST_NAME]
    fault = fault_of(email) if other.lower() == email else "There are two addresses in this line."
    return Line(number, email, name, cell("course"), fault)


def parted(cell: str) -> tuple[str, str]:
    """`Ann Smith <ann@example.org>`, as mail programs write it, or an address alone."""
    found = WITH_NAME.fullmatch(cell)
    return (found[1].strip().strip('"'), found[2].strip()) if found else ("", cell)


def harmless(cell: str) -> str:
    """One line without the beginning of a formula."""
    return " ".join(cell.split()).lstrip(FORMULA).strip()


def fault_of(email: str) -> str:
    if not email:
        return "There is no address."
    try:
        validate_email(email)
    except ValidationError:
        return "This is no e-mail address."
    return "" if len(email) <= 254 else "The address is too long."
