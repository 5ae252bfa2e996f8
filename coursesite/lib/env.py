"""Typed readers of environment variables. An empty value counts as not set."""

import os
from pathlib import Path

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}


class BadSetting(ValueError):
    """An environment variable that cannot be read; says its name and what it may be."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in YES:
        return True
    if value in NO:
        return False
    raise BadSetting(f"{name}={value!r}: say 1 or 0.")


def integer(name: str, default: int) -> int:
    value = text(name)
    try:
        return int(value) if value else default
    except ValueError:
        raise BadSetting(f"{name}={value!r}: say a whole number.") from None


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated words, spaces around them dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    return Path(text(name) or default).expanduser().resolve()


def secret(name: str) -> str:
    """The value of NAME, else the contents of the file that NAME_FILE points to."""
    file = text(f"{name}_FILE")
    return text(name) or (Path(file).read_text().strip() if file else "")


def secrets(prefix: str) -> dict[str, str]:
    """All variables that begin so, without that beginning; X_FILE is a file in which X stands."""
    names = {name.removesuffix("_FILE") for name in os.environ if name.startswith(prefix)}
    return {name.removeprefix(prefix): secret(name) for name in sorted(names)}
