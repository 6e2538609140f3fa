"""What text from people is made into before it is kept."""

from __future__ import annotations

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.cleaning import LONGEST_TEXT, clean_line, clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Is X down?\n ", "Is X down?"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("a\tb\x00c\x07d\x9be", "a bcde"),
        ("cafe\u0301", "café"),
        ("A\u030a", "Å"),
        ("zero\u200bwidth\ufeffspace\u2060s", "zerowidthspaces"),
        ("soft\u00adhyphen", "softhyphen"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u202ax\u202c", "x"),
        ("\u2067שלום\u2069 ok", "\u2067שלום\u2069 ok"),
        ("\u2067open only\nnext", "open only\nnext"),
        ("closed only\u2069", "closed only"),
        ("a\u2066b\u2067c\u2069", "ab\u2067c\u2069"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("क्\u200d\u200d\u200cष", "क्\u200dष"),
        ("pay\u200dpal", "paypal"),
        ("👩\u200d🔧 👁️\u200d🗨️", "👩\u200d🔧 👁️\u200d🗨️"),
        ("👩\u200d", "👩"),
        ("❤️ 1️⃣", "❤️ 1️⃣"),
        ("a\ufe0f\ufe0f\ufe0fb \ufe0fc", "a\ufe0fb c"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",) * 2,
        ("hi\U000e0068\U000e0069\U000e0064\U000e0065", "hi"),
        ("e" + "\u0353" * 50, "e" + "\u0353" * 8),
        ("\u3164\u115f", ""),
        ("हिन्दी தமிழ் عربي 日本語 한국어 ไทย", "हिन्दी தமிழ் عربي 日本語 한국어 ไทย"),
    ],
)
def test_what_is_kept_of_what_is_typed(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


def test_half_a_character_is_refused_with_its_place() -> None:
    with pytest.raises(Refusal, match="Character 3") as refused:
        clean_text("ab\ud83dc")
    assert refused.value.code == "text_not_unicode"
    assert refused.value.field == "status"


def test_length_is_checked_before_anything_else() -> None:
    assert clean_text("a" * LONGEST_TEXT)
    with pytest.raises(Refusal) as refused:
        clean_text("\ud800" * (LONGEST_TEXT + 1), field="spoiler_text")
    assert (refused.value.code, refused.value.field) == ("text_too_long", "spoiler_text")


def test_a_name_is_one_line_and_sets_no_direction() -> None:
    assert clean_line(" Ada \n\n \u2067Love\u2069 \u2800 lace ", field="x") == "Ada Love lace"
