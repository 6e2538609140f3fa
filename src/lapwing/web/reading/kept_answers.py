"""The last good answers of the writer's public pages: shown with their age while it is away."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from lapwing.kernel.instants import from_ms
from lapwing.microblog.never_empty.beside import Headers

MOST_BYTES = 1024 * 1024
_MOST_ANSWERS = 300
_NOT_KEPT = (b"private", b"no-store")


@dataclass(frozen=True)
class KeptAnswer:
    made_ms: int
    headers: Headers
    body: bytes

    def told(self, now_ms: int) -> tuple[Headers, bytes]:
        """Headers and body that say how old they are."""
        body = self._with_banner()
        headers = [pair for pair in self.headers if pair[0] not in (b"content-length", b"etag")]
        age_s = max(0, now_ms - self.made_ms) // 1000
        headers += [
            (b"age", b"%d" % age_s),
            (b"x-outages-source", b"kept"),
            (b"content-length", b"%d" % len(body)),
        ]
        return headers, body

    def _with_banner(self) -> bytes:
        begin = self.body.find(b"<main")
        end = self.body.find(b">", begin) + 1
        if begin < 0 or not end:
            return self.body
        banner = (
            f'<p class="notice" role="status">This page is as of {from_ms(self.made_ms):%H:%M:%S}'
            " UTC: the part of this server that counts outages does not answer at present.</p>"
        )
        return self.body[:end] + banner.encode() + self.body[end:]


class KeptAnswers:
    """By what was asked for; those that nobody has asked for longest are forgotten."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, KeptAnswer] = OrderedDict()

    def keep(self, target: str, answer: KeptAnswer) -> None:
        self._answers[target] = answer
        self._answers.move_to_end(target)
        if len(self._answers) > _MOST_ANSWERS:
            self._answers.popitem(last=False)

    def find(self, target: str) -> KeptAnswer | None:
        return self._answers.get(target)


def may_be_kept(status: int, headers: Headers) -> bool:
    """Whether an answer is the same for everybody."""
    told = dict(headers)
    control = told.get(b"cache-control", b"").lower()
    return (
        status == 200
        and b"set-cookie" not in told
        and b"content-encoding" not in told
        and not any(word in control for word in _NOT_KEPT)
        and not told.get(b"content-type", b"").startswith(b"text/event-stream")
    )
