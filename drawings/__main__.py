"""`python -m drawings [folder]` writes every drawing; without a folder, into the course's images."""

from __future__ import annotations

import sys
from pathlib import Path

from drawings.library import DRAWINGS

IMAGES = Path(__file__).resolve().parent.parent / "content/courses/knots-in-your-back-gone/images"


def write(folder: Path) -> list[Path]:
    """Write each drawing as <key>.svg; a second call writes the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for key, entry in DRAWINGS.items():
        path = folder / f"{key}.svg"
        path.write_text(entry.svg(), encoding="utf-8", newline="\n")
        written.append(path)
    return written


if __name__ == "__main__":
    for path in write(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES):
        sys.stdout.write(f"{path.stat().st_size:6d}  {path.name}\n")
