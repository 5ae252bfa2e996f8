"""A fresh site as production has it, set up once for all tests that look at it from outside."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy_check import PRODUCTION
from tests.payments.conftest import world  # noqa: F401  (the fixture: the gateway, played in process)
from tests.test_routes import house  # noqa: F401  (the fixture: a course, who is in, an order)

EMBEDDED = {"DATABASE_URL": "", "REDIS_URL": "", "STRIPE_SECRET_KEY": "sk_test_0123456789"}


class Production:
    """Runs python in a process of its own on production settings, over a folder of its own."""

    def __init__(self, folder: Path) -> None:
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = {**keep, **PRODUCTION, **EMBEDDED, "VAR": str(folder)}
        self.environment["DJANGO_SETTINGS_MODULE"] = "coursesite.settings"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [sys.executable, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result

    def says(self, code: str) -> Any:
        """What a few lines of python print as JSON there."""
        return json.loads(self.run("-c", f"import django, json\ndjango.setup()\n{code}").stdout)


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    site = Production(tmp_path_factory.mktemp("production"))
    site.run("manage.py", "prepare")
    yield site
