"""Drawings that may stand inside a page: an allow-list of elements and attributes, nothing that loads or runs."""

import re
from xml.etree import ElementTree

from defusedxml import ElementTree as SafeTree
from defusedxml.common import DefusedXmlException

NAMESPACE = "http://www.w3.org/2000/svg"
ELEMENTS = set(
    "svg g path circle ellipse rect line polyline polygon text tspan title desc defs clipPath pattern use".split()
)
ATTRIBUTES = set(
    "viewBox width height role aria-labelledby aria-hidden id d cx cy r rx ry x y x1 y1 x2 y2 dx dy points transform "
    "fill fill-opacity fill-rule clip-rule clip-path opacity stroke stroke-width stroke-linecap stroke-linejoin "
    "stroke-dasharray stroke-opacity patternUnits patternTransform clipPathUnits preserveAspectRatio text-anchor "
    "font-size font-weight font-family letter-spacing dominant-baseline href paint-order lang".split()
)
URL = re.compile(r"url\(\s*(?!#)", re.IGNORECASE)
BYTES = 200_000


class BadDrawing(ValueError):
    """A drawing that must not stand in a page; the message says which part and why."""


def clean(text: str) -> str:
    """The drawing, checked and written anew. Raises BadDrawing rather than dropping something silently."""
    if len(text.encode()) > BYTES:
        raise BadDrawing(f"The drawing is larger than {BYTES // 1000} kB.")
    try:
        root = SafeTree.fromstring(text)
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise BadDrawing(f"Not a well-formed drawing: {error}") from error
    if local(root.tag) != "svg":
        raise BadDrawing("The drawing must begin with <svg>.")
    for element in root.iter():
        check(element)
    if not root.findtext(f"{{{NAMESPACE}}}title", "").strip():
        raise BadDrawing("The drawing needs a <title> that says what is seen.")
    ElementTree.register_namespace("", NAMESPACE)
    return ElementTree.tostring(root, encoding="unicode")


def check(element: ElementTree.Element) -> None:
    if not element.tag.startswith(f"{{{NAMESPACE}}}") or local(element.tag) not in ELEMENTS:
        raise BadDrawing(f"<{local(element.tag)}> is not allowed in a drawing.")
    for name, value in element.attrib.items():
        if name not in ATTRIBUTES:
            raise BadDrawing(f"The attribute {local(name)} is not allowed in a drawing.")
        if (name == "href" and not value.startswith("#")) or URL.search(value):
            raise BadDrawing("A drawing may refer to its own parts only.")


def local(name: str) -> str:
    return name.rpartition("}")[2]
