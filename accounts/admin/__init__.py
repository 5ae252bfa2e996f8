"""The desk for who may sit at it: `accounts` and groups, and the `log` of who did what."""

from accounts.admin import accounts, log

__all__ = ["accounts", "log"]
