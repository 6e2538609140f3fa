"""Files that nothing refers to: what a process left that was killed between keeping a file and
saying so, or between a post's deletion and its files'."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from lapwing.ports.media_files import MediaFiles

UNUSED_FOR: Final = timedelta(days=1)
"""A younger file may be about to be referred to."""


async def delete_unused(files: MediaFiles, is_used: Callable[[str], bool], now: datetime) -> int:
    """Deletes files put more than a day ago whose key nobody uses; returns how many.

    `is_used` must know every key: of posts, uploads, drafts, cards, avatars and headers. It is
    asked again just before the deletion, since listing takes a while.
    """
    candidates = [
        kept.key async for kept in files.kept_before(now - UNUSED_FOR) if not is_used(kept.key)
    ]
    unused = [key for key in candidates if not is_used(key)]
    await files.delete(unused)
    return len(unused)
