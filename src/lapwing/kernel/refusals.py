"""The two expected ways in which something does not happen; anything else is a bug."""

from __future__ import annotations


class Refusal(Exception):
    """An expected no: what was asked for cannot be done as it was asked.

    `code` is for machines (`unknown_service`), `message` for people: what is wrong and what
    would be right. `field` names the part of the input that is meant, where there is one.
    Knows nothing of HTTP: `web/errors.py` has the table.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class TooMany(Refusal):
    """A limit was reached; the same request is welcome after `retry_after_s`."""

    def __init__(self, code: str, message: str, *, retry_after_s: float) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class Unavailable(Exception):
    """Something behind us does not answer; adapters raise it in place of their driver's error.

    `message` is for everybody; `detail`, what the driver says, only for the operator's log and
    terminal (`str` of the error has both).
    """

    def __init__(self, message: str, *, detail: str = "", retry_after_s: float = 5.0) -> None:
        super().__init__(f"{message} ({detail})" if detail else message)
        self.message = message
        self.retry_after_s = retry_after_s
