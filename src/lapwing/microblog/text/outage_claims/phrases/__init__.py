"""What people write of a service that fails or works, a module for each language."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.arabic import ARABIC
from lapwing.microblog.text.outage_claims.phrases.english import ENGLISH
from lapwing.microblog.text.outage_claims.phrases.form import Phrases
from lapwing.microblog.text.outage_claims.phrases.french import FRENCH
from lapwing.microblog.text.outage_claims.phrases.german import GERMAN
from lapwing.microblog.text.outage_claims.phrases.hindi import HINDI
from lapwing.microblog.text.outage_claims.phrases.indonesian import INDONESIAN
from lapwing.microblog.text.outage_claims.phrases.japanese import JAPANESE
from lapwing.microblog.text.outage_claims.phrases.portuguese import PORTUGUESE
from lapwing.microblog.text.outage_claims.phrases.spanish import SPANISH
from lapwing.microblog.text.outage_claims.phrases.turkish import TURKISH

LANGUAGES: Final[dict[str, Phrases]] = {
    "en": ENGLISH,
    "hi": HINDI,
    "es": SPANISH,
    "pt": PORTUGUESE,
    "fr": FRENCH,
    "de": GERMAN,
    "tr": TURKISH,
    "ar": ARABIC,
    "id": INDONESIAN,
    "ja": JAPANESE,
}
