"""Identifiers in Stripe's shape. Seeded, so that a test can ask for the same ones again."""

import hashlib
import secrets
import string

ALPHABET = string.digits + string.ascii_letters
LENGTH = 24


class Ids:
    """Gives out identifiers. Unseeded they cannot be guessed: a Session's id is all that guards its page."""

    def __init__(self, seed: str = "") -> None:
        self.seed = seed or secrets.token_hex(32)
        self.count = 0

    def make(self, prefix: str, *, length: int = LENGTH) -> str:
        """Return `prefix` + `length` letters and digits; each call gives another."""
        self.count += 1
        number = int.from_bytes(hashlib.sha512(f"{self.seed}:{prefix}:{self.count}".encode()).digest())
        letters = []
        for _ in range(length):
            number, place = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[place])
        return prefix + "".join(letters)
