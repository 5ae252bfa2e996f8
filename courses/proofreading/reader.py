"""All rules over all of content/."""

from courses.proofreading import doses, examples, length, letters, links, references, words
from courses.proofreading.shelf import Shelf, stretches


def faults(shelf: Shelf) -> list[str]:
    """Everything an editor would send back, each with its file; an empty list is a pass."""
    return [
        *length.faults(shelf.lessons()),
        *words.faults(stretches(shelf)),
        *references.faults(shelf),
        *links.faults(shelf),
        *doses.faults(shelf.exercises()),
        *letters.faults(shelf),
        *examples.faults(shelf),
    ]
