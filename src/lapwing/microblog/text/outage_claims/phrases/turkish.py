"""Turkish."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

TURKISH: Final = Phrases(
    fails=(
        r"coktu|cokmus|cokuyor|cok(?:tu|mus) ?mu|calismiyor(?: mu)?|acilmiyor|acilmadi|"
        r"yuklenmiyor|girilmiyor|gelmiyor|baglanmiyor|gitmiyor|gonderilmiyor|giremiyorum|"
        r"giremiyoruz|acamiyorum|baglanamiyorum|erisilemiyor|(?:sorun|problem|ariza|"
        r"sikinti) (?:var|mi var|yasaniyor)|erisim (?:sorunu|yok|engeli)|kapandi mi|"
        r"gitti mi|donuyor",
    ),
    works=(r"duzeldi|calisiyor|geri geldi|acildi|sorunsuz|normale dondu",),
    denied=(r"[✗▼] degil|(?:eger|dun) |cokmustu|cokerse",),
    topics=(r"hisse|hisseleri|hissesi|borsa|fiyat|dolar",),
    fillers=(
        r"mesaj|mesajlar|galiba|yok|artik|a|e|i|u|da|de|ta|te|ya|ye|nin|in|un|yine|gene|"
        r"neden|niye|su|an|simdi|hala|bugun|mi|mu|tamamen|bende|sizde|herkeste|server|"
        r"sunuculari|uygulamasi|ve|girmek|bir",
    ),
)
