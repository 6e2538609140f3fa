"""German."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

GERMAN: Final = Phrases(
    fails=(
        r"(?:funktioniert|funktionieren|geht|gehen|lauft|ladt|laden|reagiert|startet|"
        r"offnet|verbindet|klappt|tut)(?: \w+){0,3} (?:nicht|nix|nimmer)(?: mehr)?",
        r"nicht (?:erreichbar|verfugbar)|gestort|ausgefallen|abgesturzt|offline|kaputt|"
        r"spinnt|totalausfall|ausfall",
    ),
    around=(
        r"(?:funktioniert|geht|lauft|ladt)(?: das| die|"
        r" der)? N(?: \w+){0,4} nicht(?: mehr)?",
    ),
    trouble=(
        r"(?:storung|storungen|ausfall|probleme?|netzausfall|fehler) (?:bei|mit|von|im|"
        r"beim)|(?:komme|kann|komm)(?: \w+){0,2} nicht (?:in|auf|bei)",
    ),
    works=(
        r"(?:geht|lauft|funktioniert|klappt)(?: \w+){0,2} (?:wieder|einwandfrei|gut|super|"
        r"problemlos)|(?:geht|lauft) bei mir(?! nicht)|wieder (?:da|online|erreichbar|"
        r"normal)|behoben",
    ),
    denied=(
        r"(?:nicht|kein|keine|nie|ohne) (?:\w+ )?[✗▼◄]|(?:war|waren)(?: \w+){0,3} [✗▼]|(?:wenn|"
        r"falls|sobald) (?:\w+ )?[NM]|gestern|letzte woche",
    ),
    topics=(r"aktie|aktien|kurs|minus|umsatz|preis|preise|borse",),
    fillers=(
        r"ist|sind|hat|gemeldet|mal|wieder|gerade|grad|grade|schon|bei|euch|mir|uns|auch|der|die|"
        r"das|dem|den|heute|jetzt|immer|noch|komplett|total|seit|stunden|server|seite|"
        r"oder|aktuell|und|denn|etwa|in|deutschland|hier",
    ),
)
