"""What a display name may be."""

from __future__ import annotations

from typing import Final

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.cleaning import clean_line
from lapwing.microblog.text.measuring import count_characters

LONGEST_DISPLAY_NAME: Final = 30
_MOST_CODE_POINTS: Final = 10 * LONGEST_DISPLAY_NAME


def check_display_name(name: str) -> str:
    """The name as one clean line, which may be empty; refuses (`display_name_too_long`)."""
    clean = clean_line(name, field="display_name")
    length = count_characters(clean[: _MOST_CODE_POINTS + 1])
    if length > LONGEST_DISPLAY_NAME or len(clean) > _MOST_CODE_POINTS:
        raise Refusal(
            "display_name_too_long",
            f"A display name has at most {LONGEST_DISPLAY_NAME} characters.",
            field="display_name",
        )
    return clean
