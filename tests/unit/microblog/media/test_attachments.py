"""From what was made of an upload to what a post keeps."""

from __future__ import annotations

import json

from lapwing.microblog.media.geometry import Focus
from lapwing.microblog.media.meta import image_meta
from lapwing.microblog.media.processing import ProcessedMedia, keys_of, refocused
from lapwing.microblog.model import MediaKind
from lapwing.ports.media_files import KeptFile, make_key


def test_an_attachment_names_its_files_and_measures() -> None:
    original, preview = KeptFile(make_key("jpg"), 9), KeptFile(make_key("jpg"), 4)
    meta = image_meta((40, 30), (40, 30))
    media = ProcessedMedia(MediaKind.IMAGE, original, preview, meta, "L00000")
    attachment = media.as_attachment(7, 3, "a lapwing")
    assert (attachment.id, attachment.account_id, attachment.description) == (7, 3, "a lapwing")
    assert keys_of(attachment) == (original.key, preview.key)
    assert json.loads(attachment.meta) == meta
    moved = refocused(refocused(attachment, Focus(1, 1)), Focus(0.5, -0.5))
    assert json.loads(moved.meta) == meta | {"focus": {"x": 0.5, "y": -0.5}}


def test_sound_has_one_file_and_no_hash() -> None:
    original = KeptFile(make_key("mp3"), 9)
    attachment = ProcessedMedia(MediaKind.AUDIO, original, None, {}, None).as_attachment(1, 1, "")
    assert keys_of(attachment) == (original.key,)
    assert attachment.blurhash == ""
