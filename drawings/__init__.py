"""The course's drawings: a 3-D skeleton, a camera without perspective, one clean ink outline.

`python -m drawings` writes every SVG into the course's images folder; the same data gives the same bytes.
"""
