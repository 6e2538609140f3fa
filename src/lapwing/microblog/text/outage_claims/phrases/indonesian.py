"""Indonesian."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

INDONESIAN: Final = Phrases(
    fails=(
        r"(?:gabisa|gakbisa|(?:gak|ga|gk|nggak|ngga|tidak|tdk|enggak|kagak) "
        r"(?:bisa|dapat|bs))(?: (?:dibuka|"
        r"diakses|dipakai|login|kirim|konek|masuk|loading|akses|buka))*",
        r"(?:lagi |sedang |kena )?(?:gangguan|tumbang|(?:error|eror|erorr|trouble|"
        r"maintenance)(?= (?:$|,|ya|nih|lagi|terus|guys|mulu|di|kah|sejak|dari|kok|gak|"
        r"lg)))|susah (?:dibuka|diakses|login)|lemot",
    ),
    down=(r"(?:lagi |sedang )?(?:down|mati|ngadat)",),
    trouble=(
        r"gangguan (?:di|pada)|(?:gak|ga|nggak|tidak) (?:bisa) (?:buka|akses|masuk|"
        r"login)(?: ke| di)?",
    ),
    works=(
        r"(?:sudah|udah|dah) (?:normal|bisa|pulih|lancar|jalan|balik)(?: lagi)?|"
        r"normal lagi|lancar|kembali normal|pulih",
    ),
    denied=(
        r"(?:tidak|gak|ga|nggak|bukan) [✗▼]|(?:kalau|kalo|jika|ketika|saat) (?:\w+ )?[NM]|"
        r"kemarin|minggu lalu",
    ),
    topics=(r"saham|harga|bursa",),
    fillers=(
        r"ya|nih|lagi|sedang|kok|kenapa|ini|itu|hari|sekarang|guys|di|dari|tadi|kah|apa|"
        r"apakah|emang|memang|aku|gue|server|aplikasi|semua|juga|pada|dan",
    ),
)
