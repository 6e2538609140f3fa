"""What a browser's form brings: texts, numbers, boxes and files, each checked once."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.paging import parse_id

_LONGEST_VALUE = 20_000


class Form:
    """A form that was sent, urlencoded or multipart."""

    def __init__(self, sent: FormMultiDict) -> None:
        self._sent = sent

    @classmethod
    async def of(cls, request: Request[Any, Any, Any]) -> Form:
        """Raises `Refusal` for what is no form, or none in UTF-8."""
        try:
            return cls(await request.form())
        except (UnicodeError, LookupError) as error:
            raise Refusal("invalid_input", "This is no form in UTF-8.") from error

    def text(self, name: str, otherwise: str = "") -> str:
        """The value as typed, with a form's line ends made plain. Raises `Refusal`."""
        value = self._sent.get(name)
        if not isinstance(value, str):
            return otherwise
        if len(value) > _LONGEST_VALUE:
            raise Refusal("text_too_long", f"{name} is too long.", field=name)
        return value.replace("\r\n", "\n")

    def line(self, name: str, otherwise: str = "") -> str:
        return " ".join(self.text(name, otherwise).split())

    def ticked(self, name: str) -> bool:
        return self.text(name) not in ("", "0", "false")

    def number(self, name: str, otherwise: int = 0) -> int:
        """Raises `Refusal` for what is no whole number."""
        text = self.text(name).strip()
        if not text:
            return otherwise
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            raise Refusal("not_a_number", f"{name} must be a whole number.", field=name)
        return int(text)

    def id(self, name: str) -> int:
        """An id; 0 where there is none. Raises `Refusal`."""
        text = self.text(name).strip()
        return parse_id(text, name) if text else 0

    def ids(self, name: str) -> tuple[int, ...]:
        return tuple(parse_id(text, name) for text in self.texts(name) if text)

    def texts(self, name: str) -> list[str]:
        return [value for value in self._sent.getall(name, []) if isinstance(value, str)]

    def has(self, name: str) -> bool:
        return name in self._sent

    def file(self, name: str) -> UploadFile | None:
        """A file that was chosen; browsers send an empty one where none was."""
        value = self._sent.get(name)
        if isinstance(value, UploadFile) and value.filename:
            return value
        return None

    def files(self, name: str) -> list[UploadFile]:
        sent = self._sent.getall(name, [])
        return [one for one in sent if isinstance(one, UploadFile) and one.filename]
