"""The door inside the house's own process: an HTTP client for Stripe's SDK that never leaves it."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from django.utils.datastructures import CaseInsensitiveMapping

from sandbox import clock, faults, front
from sandbox.ids import Ids
from sandbox.models import Fault


class Client(stripe.HTTPClient):
    """Give it to `stripe.StripeClient(http_client=...)`: every call is answered by the stand-in, at once.

    `seed` makes the ids the same each time, for tests. A call writes to the default database.
    """

    name = "sandbox"

    def __init__(self, seed: str = "") -> None:
        super().__init__()
        self.seed = seed
        self.ids = Ids(seed)

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """Answer one call. stripe.APIConnectionError if a planned Fault loses the answer."""
        parts = urlsplit(url)
        given = post_data if method == "post" else parts.query
        answer = front.answer(
            method=method,
            path=parts.path,
            pairs=parse_qsl(given or "", keep_blank_values=True),
            headers={name.lower(): value for name, value in (headers or {}).items()},
            ids=self.ids if self.seed else Ids(),
            now=clock.now(),
        )
        if method == "post" and faults.strike(kind=Fault.Kind.TIMEOUT_AFTER_CREATE, what=parts.path):
            raise stripe.APIConnectionError("Request timed out.", should_retry=True)  # type: ignore[no-untyped-call]
        return json.dumps(answer.body), answer.status, CaseInsensitiveMapping(answer.headers)

    def close(self) -> None:
        """Nothing is open."""
