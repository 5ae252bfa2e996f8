"""What the stand-in refuses, in the shape Stripe's errors have."""

from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """A request that gets an error answer. `saved`: an idempotent repeat gets the same answer again, and what
    was done before the refusal stays done.

    `retry_after`: seconds after which it is worth another try, if that is said. `more`: further fields of
    the error.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        saved: bool = False,
        retry_after: int = 0,
        more: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.kind = message, status, kind
        self.code, self.param, self.saved, self.retry_after = code, param, saved, retry_after
        self.more = more or {}

    def body(self) -> Json:
        error: Json = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error | self.more}


def missing(kind: str, key: str, *, param: str = "id") -> Refused:
    return Refused(f"No such {kind}: '{key}'", status=404, code="resource_missing", param=param)
