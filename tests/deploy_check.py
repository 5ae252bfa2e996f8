"""`python -m tests.deploy_check`: Django's own checks and ours, on settings as production has them, must be silent."""

import os
import subprocess
import sys
import tempfile

PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "a-key-for-checking-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SITE_URL": "https://course.example.org",
    "COACH_EMAIL": "coach@example.org",
    "SELLER_NAME": "The Pain Relief Coach",
    "POSTAL_ADDRESS": "1 Practice Street, Anytown",
    "EMAIL_URL": "smtps://user:password@mail.example.org:465",
    "STRIPE_SECRET_KEY": "sk_live_0123456789",
    "STRIPE_WEBHOOK_SECRETS": "whsec_0123456789",
    "DATABASE_URL": "postgres://site@127.0.0.1/site",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "TRUSTED_PROXY_COUNT": "1",
}


def check(**changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` on production settings with some changed; an empty value unsets one."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            env={**keep, **PRODUCTION, "VAR": folder, **changes},
            capture_output=True,
            text=True,
            check=False,
        )


if __name__ == "__main__":
    result = check()
    print(result.stdout + result.stderr)
    sys.exit(result.returncode)
