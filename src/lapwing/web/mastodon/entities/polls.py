"""Poll. Drawn for each viewer anew: it ends by itself, and says who voted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from lapwing.microblog.model import Poll, Post
from lapwing.web.mastodon.entities.instants import instant


def poll_form(
    post: Post, votes: Mapping[int, tuple[int, ...]], viewer_id: int, now_ms: int
) -> dict[str, Any]:
    """The poll of a post that has one; its id is the post's."""
    poll = post.poll
    assert poll is not None  # noqa: S101 - the caller's condition
    counts = Counter(choice for choices in votes.values() for choice in choices)
    ended = now_ms >= poll.ends_ms
    form: dict[str, Any] = {
        "id": str(post.id),
        "expires_at": instant(poll.ends_ms),
        "expired": ended,
        "multiple": poll.multiple,
        "votes_count": counts.total(),
        "voters_count": len(votes),
        "options": [
            {"title": title, "votes_count": counts[place] if _tells(poll, ended) else None}
            for place, title in enumerate(poll.options)
        ],
        "emojis": [],
    }
    if viewer_id:
        own = votes.get(viewer_id, ())
        form["voted"] = bool(own) or viewer_id == post.account_id
        form["own_votes"] = list(own)
    return form


def _tells(poll: Poll, ended: bool) -> bool:
    return ended or not poll.hides_totals
