"""Every drawing of the course in its order, read from the content folder: what is there and what is still missing."""

import re
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

from look.samples import ours

COURSE = Path(settings.BASE_DIR) / "content/courses/knots-in-your-back-gone"


def groups() -> list[dict[str, Any]]:
    """The exercises, then each module's lessons; drawings that belong to nothing come last."""
    found = {
        path.stem: path.read_text(encoding="utf-8") for path in sorted((COURSE / "images").glob("*.svg"))
    }
    exercises = {head["key"]: head["name"] for head in _heads("exercises/*.md")}
    named = [
        ("Exercises", {key: exercises.get(key, key) for key in sorted({*exercises, *_exercise_keys(found)})})
    ]
    for folder in sorted((COURSE / "modules").iterdir()):
        module = tomllib.loads((folder / "module.toml").read_text(encoding="utf-8"))
        lessons = {
            head["slug"]: f"{head['key']} {head['title']}" for head in _heads(f"modules/{folder.name}/*.md")
        }
        named.append((module["title"], lessons))
    left = found.keys() - {key for _, names in named for key in names}
    named += [("Of no lesson and no exercise", {key: key for key in sorted(left)})] if left else []
    return [
        {"title": title, "pictures": [_picture(found, *one) for one in names.items()]}
        for title, names in named
    ]


def _exercise_keys(found: dict[str, str]) -> set[str]:
    """An exercise may be drawn before it is written."""
    return {key for key in found if re.fullmatch(r"e\d\d", key)}


def _heads(pattern: str) -> list[dict[str, Any]]:
    """The front matter of each file."""
    files = sorted(COURSE.glob(pattern))
    return [tomllib.loads(file.read_text(encoding="utf-8").split("+++")[1]) for file in files]


def _picture(found: dict[str, str], key: str, name: str) -> dict[str, Any]:
    """The drawing as it stands in a page; None while there is none."""
    svg = found.get(key)
    return {"key": key, "name": name, "svg": ours(svg) if svg else None}
