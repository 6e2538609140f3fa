"""Hindi, in Devanagari and as it is typed in Latin letters."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

HINDI: Final = Phrases(
    fails=(
        r"(?:काम |खुल |चल |लोड |ओपन |कनेक्ट |लॉगिन )?(?:क्यों )?(?:नहीं|"
        r"नही) (?:काम )?(?:चल|खुल|कर|हो|आ|जा|लोड|ओपन|चला)(?: पा)?(?: (?:रहा|रही|रहे|पा|"
        r"रह))*",
        r"(?:खुल|चल|काम|लोड|ओपन|कनेक्ट) (?:ही )?(?:नहीं|नही) (?:कर |हो |पा )?(?:रहा|रही|"
        r"रहे|रह|हो|कर)?",
        r"(?:दिक्कत|समस्या|परेशानी|गड़बड़ी|खराबी)(?: आ| हो)?(?: रही| गई)?|ठप(?: पड़ा|"
        r" हो गया| पड़ गया)?|क्रैश(?: हो गया)?",
        r"(?:kaam |work |open |load |connect |login |chal )?(?:hi )?(?:kyu |kyun |"
        r"kyo )?(?:nahi|nahin|nai|nhi|ni) (?:chal|khul|kar|ho|aa|ja|lod|load|open|work|"
        r"kaam)(?: kar| ho| pa)?(?: rahi| raha| rahe| rha| rhi)*",
        r"(?:chal|khul|kaam) (?:kyu |kyun |kyo |hi )?(?:nahi|nahin|nai|nhi)(?: kar|"
        r" ho)?(?: rahi| raha| rahe| rha| rhi)*",
        r"thapp?|(?:dikkat|problem|issue) (?:aa|ho) (?:rahi|raha|rhi|rha)|crash ho gaya",
    ),
    down=(r"डाउन|बंद(?: (?:है|हो गया|हो गई|पड़ा|हुआ))|band (?:hai|ho|pada|hua|h)|down",),
    works=(
        r"ठीक (?:हो|है|चल)|वापस|चालू|(?:फिर से )?चल (?:रहा|रही|रहे|गया|पड़ा)|(?:theek|"
        r"thik) (?:ho|hai|chal)|wapas|chalu|chal (?:raha|rahi|gaya|rha|rhi)",
    ),
    denied=(
        r"[✗▼](?: \w+){0,2} (?:था|थी|थे|tha|thi)",
        r"[✗▼] (?:नहीं|नही|nahi|nahin|nhi)",
        r"(?:अगर|जब|agar|jab) (?:\w+ ){0,2}[NM]",
    ),
    topics=(r"शेयर|शेयरों|बाजार|कीमत|sheyar",),
    fillers=(
        r"क्या|मैसेज|मेसेज|पेमेंट|कॉल|नेट|का|की|के|में|से|पर|भी|है|हैं|हो|गया|गई|आज|अभी|फिर|ही|तो|क्यों|यार|भाई|"
        r"सर्वर|नेटवर्क|ऐप|साइट|वेबसाइट|कुछ|सब|kya|ka|ki|ke|mein|me|se|pe|par|bhi|hai|h|"
        r"ho|gaya|aaj|abhi|phir|fir|hi|to|kyu|kyun|kyo|yaar|bhai|subah|kal|sab|kuch|mera",
    ),
)
