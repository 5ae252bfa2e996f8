"""The examples that content/gate.toml and content/finder.toml say must hold, counted anew."""

from collections.abc import Iterator

from courses import finder, gate
from courses.finder import Finder, Row
from courses.gate import Gate
from courses.proofreading.shelf import Shelf


def faults(shelf: Shelf) -> Iterator[str]:
    if "gate.toml" in shelf.data:
        yield from of_gate(gate.read(shelf.data["gate.toml"]))
    if "finder.toml" in shelf.data:
        yield from of_finder(finder.read(shelf.data["finder.toml"]))


def of_gate(found: Gate) -> Iterator[str]:
    if not found.rows:
        yield "gate.toml: there are no examples."
    for row in found.rows:
        try:
            level = gate.level(found, ticked=row.ticked, age=row.age)
        except ValueError as error:
            level = str(error)
        if level != row.level:
            yield f"gate.toml: {', '.join(row.ticked) or 'nothing ticked'} is {level}, and should be {row.level}."


def of_finder(found: Finder) -> Iterator[str]:
    if not found.rows:
        yield "finder.toml: there are no examples."
    for row in found.rows:
        counted = outcome(found, row)
        wanted = (row.points, row.percents, row.route, row.optional)
        if counted != wanted:
            yield f"finder.toml: {row.name} comes to {counted}, and should come to {wanted}."


def outcome(found: Finder, row: Row) -> tuple[list[int], list[int], list[str], list[str]] | str:
    try:
        result = finder.score(found, dict(enumerate(row.answers, 1)))
    except ValueError as error:
        return str(error)
    if result is None:
        return "no result"
    return list(result.points.values()), list(result.percents.values()), result.route, result.optional
