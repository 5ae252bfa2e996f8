"""Every drawing, entered into the list by importing the modules that draw them."""

from drawings import lying, sitting, standing
from drawings.catalog import DRAWINGS

__all__ = ["DRAWINGS", "lying", "sitting", "standing"]
