"""The desk for letters: what was written, who gets it, who got it and why not. Rows of the ledger are read-only.

`overview` is where the coach begins; `sequences`, `steps`, `broadcasts`, `ledger`, `people` are lists and pages of what
there is; `looking`, `versions`, `person`, `days` and `asking` single pages; `plain` and `shown` what they share.
"""

from mailing.admin import broadcasts, ledger, people, sequences, steps

__all__ = ["broadcasts", "ledger", "people", "sequences", "steps"]
