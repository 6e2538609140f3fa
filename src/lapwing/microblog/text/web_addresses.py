"""How far a web address goes in a text, and where its host is no host."""

from __future__ import annotations

from typing import Final, NamedTuple

import regex

LONGEST_ADDRESS: Final = 2048
_LONGEST_LABEL: Final = 63

_HOST = regex.compile(r"[\p{L}\p{M}\p{N}.-]{1,253}+")
_PORT = regex.compile(r":[0-9]{1,5}+(?![0-9])")
_REST = regex.compile(
    r"[^\p{White_Space}\p{Cc}\u200e\u200f\u061c\u2066-\u2069"
    r"<>\"「」『』（）【】《》〈〉“”„«»、。，！？；：｡､]*+"
)
_IPV4 = regex.compile(r"(?:[0-9]{1,3}+\.){3}+[0-9]{1,3}+")
_NOT_ASCII = regex.compile(r"[^\x00-\x7f]")
_BETWEEN: Final = ".,;:!?'*~|…"
"""At the end of an address these belong to the sentence around it."""
_CLOSERS: Final = {")": "(", "]": "[", "}": "{"}


class Span(NamedTuple):
    end: int
    is_link: bool


def find_link_end(text: str, start: int, after_scheme: int) -> Span:
    """Where the address that starts there ends; or up to where there is none."""
    run = _HOST.match(text, after_scheme)
    host = _host_of(run.group()) if run else ""
    end = after_scheme + len(host)
    if not host or text[end : end + 1] == "@":
        return Span(after_scheme, is_link=False)
    if port := _PORT.match(text, end):
        end = port.end()
    if text[end : end + 1] not in ("/", "?", "#"):
        return Span(end, is_link=True)
    rest = _REST.match(text, end)
    stop = rest.end() if rest else end
    end = _before_punctuation(text, end, stop)
    if end - start > LONGEST_ADDRESS:
        return Span(stop, is_link=False)
    return Span(end, is_link=True)


def _host_of(run: str) -> str:
    """The host that begins the run; words that follow "example.com" unspaced are none of it."""
    run = run.rstrip(".-")
    name, dot, last = run.rpartition(".")
    if not dot:
        return ""
    if last[0].isascii() and (foreign := _NOT_ASCII.search(last)):
        last = last[: foreign.start()].rstrip("-")
    host = f"{name}.{last}"
    if _IPV4.fullmatch(host):
        return host if all(int(part) < 256 for part in host.split(".")) else ""
    if len(last) < 2 or last.isdigit():
        return ""
    return host if all(map(_is_label, host.split("."))) else ""


def _is_label(label: str) -> bool:
    return bool(label) and len(label) <= _LONGEST_LABEL and "-" not in (label[0], label[-1])


def _before_punctuation(text: str, start: int, end: int) -> int:
    """Without the sentence's own marks, and without brackets that opened before the address."""
    surplus: dict[str, int] | None = None
    while end > start:
        last = text[end - 1]
        if last in _CLOSERS:
            if surplus is None:
                surplus = _surplus_of_closers(text[start:end])
            if surplus[last] <= 0:
                break
            surplus[last] -= 1
        elif last not in _BETWEEN:
            break
        end -= 1
    return end


def _surplus_of_closers(text: str) -> dict[str, int]:
    return {closer: text.count(closer) - text.count(opener) for closer, opener in _CLOSERS.items()}
