"""What a request brings, in the nested form that its flat names mean (as Rails reads them).

`id[]=1&id[]=2` is a list, `source[privacy]=public` a value in a value, and
`fields_attributes[0][name]=x` a row of a table; a JSON body says the same by its own form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.paging import parse_id

MOST_PARAMETERS: Final = 1000
DEEPEST: Final = 8

Nested: TypeAlias = dict[str, Any]
"""By name: a text, number, truth value or None, an `Upload`, a list of these, or another one."""

_PARTS = re.compile(r"\[([^\[\]]*)\]")
_TRUE: Final = frozenset({"true", "1", "on", "t", "yes"})
_FALSE: Final = frozenset({"false", "0", "off", "f", "no", ""})


class Upload(msgspec.Struct, frozen=True):
    """A file that came with a form; it is at `path` until the request is answered."""

    path: str
    file_name: str
    content_type: str
    size_bytes: int


class Params:
    """Parameters by name; what has the wrong form is refused by the name it was sent under."""

    __slots__ = ("_prefix", "_values")

    def __init__(self, values: Nested | None = None, prefix: str = "") -> None:
        self._values: Nested = values if values is not None else {}
        self._prefix = prefix

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> Iterable[str]:
        return self._values.keys()

    def find_text(self, name: str) -> str | None:
        """None where it was not sent, or sent as null."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        raise self._wrong(name, "one text")

    def text(self, name: str, default: str = "") -> str:
        value = self.find_text(name)
        return default if value is None else value

    def get_text(self, name: str) -> str:
        """Raises `Refusal` (`missing_parameter`) where there is none."""
        value = self.find_text(name)
        if value is None or not value.strip():
            raise Refusal("missing_parameter", f"{self._named(name)} is missing.", field=name)
        return value

    def find_flag(self, name: str) -> bool | None:
        """None where it was not sent."""
        text = self.find_text(name)
        if text is None:
            return None
        word = text.strip().lower()
        if word not in _TRUE and word not in _FALSE:
            raise self._wrong(name, "true or false")
        return word in _TRUE

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.find_flag(name)
        return default if value is None else value

    def find_number(self, name: str) -> int | None:
        text = self.find_text(name)
        if text is None or not text.strip():
            return None
        text = text.strip()
        digits = text[1:] if text[0] in "+-" else text
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise self._wrong(name, "a whole number")
        return int(text)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Brought between `low` and `high`, as clients expect of limits."""
        value = self.find_number(name)
        return default if value is None else min(max(value, low), high)

    def find_id(self, name: str) -> int | None:
        text = self.find_text(name)
        return None if text is None or not text.strip() else parse_id(text.strip(), name)

    def get_id(self, name: str) -> int:
        """Raises `Refusal` (`missing_parameter`, `invalid_id`)."""
        return parse_id(self.get_text(name).strip(), name)

    def texts(self, name: str) -> list[str]:
        """A list; one bare value is a list of one."""
        value = self._values.get(name)
        if value is None:
            return []
        if isinstance(value, dict):
            value = list(value.values()) if all(map(str.isdigit, value)) else [value]
        values = value if isinstance(value, list) else [value]
        return [Params({name: each}).text(name) for each in values if each is not None]

    def ids(self, name: str) -> list[int]:
        return [parse_id(text.strip(), name) for text in self.texts(name) if text.strip()]

    def find_nested(self, name: str) -> Params | None:
        """None where nothing of it was sent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return Params(value, self._named(name))

    def nested(self, name: str) -> Params:
        return self.find_nested(name) or Params({}, self._named(name))

    def rows(self, name: str) -> list[Params]:
        """A list of objects, or an object whose names number them."""
        value = self._values.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, dict):
            value = [value[key] for key in sorted(value, key=_place)]
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self._wrong(name, "a list of objects")
        return [Params(each, self._named(name)) for each in value]

    def find_upload(self, name: str) -> Upload | None:
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, Upload):
            raise self._wrong(name, "a file")
        return value

    def uploads(self) -> Iterable[Upload]:
        """All of them, however deep."""
        return _uploads_in(self._values)

    def merged(self, other: Params) -> Params:
        """What `other` has wins."""
        if not other._values:
            return self
        return Params({**self._values, **other._values})

    def plain(self) -> Nested:
        """As nested dicts, for what keeps a request to do it later."""
        return self._values

    def _named(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name

    def _wrong(self, name: str, wanted: str) -> Refusal:
        return Refusal("invalid_parameter", f"{self._named(name)} takes {wanted}.", field=name)


def parse_pairs(pairs: Iterable[tuple[str, Any]]) -> Params:
    """Nested values of flat names, in their order. Raises `Refusal` (`invalid_parameter`,
    `too_many_parameters`)."""
    values: Nested = {}
    for count, (name, value) in enumerate(pairs):
        if count >= MOST_PARAMETERS:
            raise _too_many()
        if "[" not in name:
            _check_same_form(values, name, value)
            values[name] = value
        else:
            _put(values, name, value)
    return Params(values)


def parse_form(text: str) -> Params:
    """A query string or the body of a form. Raises `Refusal`."""
    if not text:
        return Params()
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict"
        )
    except UnicodeDecodeError:
        raise Refusal("invalid_encoding", "The parameters are not in UTF-8.") from None
    except ValueError:
        raise _too_many() from None
    return parse_pairs(pairs)


def parse_json(body: bytes) -> Params:
    """A JSON object. Raises `Refusal` (`invalid_json`, `too_many_parameters`)."""
    if not body.strip():
        return Params()
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Refusal("invalid_json", "The body is not JSON in UTF-8.") from None
    if not isinstance(values, dict):
        raise Refusal("invalid_json", "The body takes a JSON object.")
    _check_amount(values)
    return Params(values)


def _put(values: Nested, name: str, value: Any) -> None:
    first, bracket, rest = name.partition("[")
    keys = _PARTS.findall(bracket + rest)
    if not first or "".join(f"[{key}]" for key in keys) != bracket + rest:
        _check_same_form(values, name, value)
        values[name] = value
        return
    if len(keys) >= DEEPEST:
        raise Refusal("invalid_parameter", f"{first} is nested more than {DEEPEST} deep.")
    _put_below(values, first, keys, value, name)


def _put_below(values: Nested, key: str, keys: list[str], value: Any, name: str) -> None:
    for at, following in enumerate(keys):
        last = at == len(keys) - 1
        if following:
            values = _of_kind(values.setdefault(key, {}), dict, name)
            key = following
        elif last:
            _of_kind(values.setdefault(key, []), list, name).append(value)
            return
        else:
            values = _row_for(_of_kind(values.setdefault(key, []), list, name), keys[at + 1], name)
            key = keys[at + 1]
            _put_below(values, key, keys[at + 2 :], value, name)
            return
    _check_same_form(values, key, value)
    values[key] = value


def _row_for(rows: list[Any], key: str, name: str) -> Nested:
    """`a[][b]=1&a[][b]=2`: a name that the last row has begins the next row."""
    if not rows or key in _of_kind(rows[-1], dict, name):
        rows.append({})
    row: Nested = rows[-1]
    return row


def _of_kind(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        raise _mixed(name)
    return value


def _check_same_form(values: Nested, name: str, value: Any) -> None:
    if isinstance(values.get(name), dict | list):
        raise _mixed(name)


def _check_amount(value: Any) -> None:
    """A JSON body is as bounded as a form."""
    level: list[Any] = [value]
    count = 0
    for _ in range(DEEPEST + 1):
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
        count += len(below)
        if count > MOST_PARAMETERS:
            raise _too_many()
        if not below:
            return
        level = below
    raise Refusal("invalid_parameter", f"The body is nested more than {DEEPEST} deep.")


def _uploads_in(value: Any) -> Iterable[Upload]:
    if isinstance(value, Upload):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _uploads_in(each)


def _place(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isascii() and key.isdigit() else (1 << 62, key)


def _mixed(name: str) -> Refusal:
    return Refusal("invalid_parameter", f"{name} is sent in two forms at once.", field=name)


def _too_many() -> Refusal:
    return Refusal("too_many_parameters", f"A request has at most {MOST_PARAMETERS} parameters.")
