"""English."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

_PARTS: Final = (
    r"comments?|replies|likes|images?|photos?|pictures?|pics|thumbnails?|links?|maps?|profiles?|"
    r"apps?|site|sites|website|websites|web|page|pages|servers?|services?|network|"
    r"internet|net|broadband|wifi|fiber|fibre|data|mobile|desktop|login|logins|log in|"
    r"sign in|feed|feeds|timeline|timelines|dms?|messages?|messaging|chats?|calls?|"
    r"calling|videos?|stories|reels|search|api|payments?|transactions?|android|ios|iphone|"
    r"client|cloud|emails?|mails?|banking|netbanking|cards?|streaming|stream|music|"
    r"accounts?|notifications?|uploads?|posts?|tweets?|fibra|homepage|portal|store|"
    r"connection|checkout|customers?|users?"
)
"""Parts of a service that fail for it: "discord servers are down"."""

ENGLISH: Final = Phrases(
    neutral=(
        r"(?:calm|calming|tak(?:e|es|en|ing)|took|cut|cuts|cutting|crack(?:s|ed|ing)?|"
        r"doubl(?:e|es|ed|ing)|step(?:s|ped|ping)?|br[eo]aks?|breaking|broke|broken|"
        r"back(?:s|ed|ing)|bring(?:s|ing)?|brought|lets?|letting|look(?:s|ed|ing)?|lay|"
        r"laid|lays|puts?|putting|hands?|handing|narrow(?:s|ed)?|settl(?:e|es|ed)|"
        r"scroll(?:s|ed|ing)?|sits?|sitting|sat|writ(?:e|es|ing|ten)|wrote|turn(?:s|ed|"
        r"ing)?|play(?:s|ed|ing)?|water(?:ed|s)|dumb(?:s|ed)?|thumbs?|upside|r[ua]ns?|"
        r"touch(?:es|ed)?|f[ae]lls?|fallen|gets?|getting|got|pull(?:s|ed|ing)?|shut(?:s|"
        r"ting)?|shot|slow(?:s|ed|ing)?|tear(?:s|ing)?|tone|trickle|wind(?:s|ing)?|"
        r"track(?:s|ed)?|hunt(?:s|ed)?|strip(?:s|ped)?|keeps?|way|hold|pin|pass(?:ed)?|"
        r"clos(?:e|es|ed|ing)|who s|who is|whos|im|i m|i am|we re|you re|hand me|drag(?:s|"
        r"ged)?|cue(?:s|ed)?|melt(?:s|ing)?)(?: (?:it|him|me|us|you|them|my|your|a|"
        r"the))? down",
        r"down (?:to|by|from|with|under|the|payments?|bad|there|memory|two|three|four|one|"
        r"a|in price|less|for (?:a|the|some|it|this|black)|this (?:month|year|quarter)|"
        r"\d+(?! (?:min|minutes?|mins|hours?|hrs?|times|days?)))",
        r"(?:going|goes|went|gone) down (?:the|in|as|with|on)",
        r"(?:no longer|never|dont|does ?nt|didnt|no more) (?:has|have|having|had|goes|go|"
        r"gone) (?:issues?|problems?|down)",
        r"never (?:goes|go|went|been) down",
    ),
    fails=(
        r"(?:is|are|s|was|has|have)? ?(?:nt|(?:does |do |did |will |would )?not|isnt|"
        r"arent|aint|wont|doesnt|dont|cant|cannot|stopped|stops|refus\w+ to|fail(?:s|ed|"
        r"ing)? to|unable to)(?: (?:be|seem to|even|properly|fully|really|currently|"
        r"reliably))? (?:work|working|load|loading|open|opening|connect|connecting|"
        r"respond|responding|"
        r"send(?! (?:\w+ ){0,2}(?:on|in|via|through|from|with) )|sending|deliver|"
        r"delivering|updat(?:e|ing)|refresh|let(?:ting)? (?:me|us|anyone)(?: log| sign)? in|"
        r"refreshing|start|starting|launch|launching|play|playing|sync|syncing|function|"
        r"functioning|load|showing|going through|available|reachable|accessible|"
        r"responsive)",
        r"(?:ha(?:s|ve|ving)|with|facing|experiencing|suffering) (?:an? |some |major |"
        r"massive |serious |big |widespread|huge |global |the |constant )*(?:outages?|"
        r"issues?|problems?|trouble|technical difficulties|downtime)",
        r"(?:so |totally |completely )?broken(?! (?:as|by|because|into|english|"
        r"promises?))|crash(?:ed|es|ing)|keeps? crashing|went offline|goes offline|"
        r"offline|unavailable|unreachable|inaccessible|unusable|borked|messed up|"
        r"acting up|timing out|times out|unresponsive|glitching|failing|stuck|"
        r"throwing (?:\w+ ){0,2}errors?|returning (?:\w+ ){0,2}errors?|"
        r"giving (?:\w+ ){0,2}errors?|showing (?:\w+ ){0,2}errors?|error 5\d\d|"
        r"(?:(?:giving|returning|getting)(?: me)?(?: an?)?) 5\d\ds?(?: errors?)?|"
        r"5\d\d(?:s| errors?)|"
        r"keeps? (?:on )?(?:buffering|freezing|disconnecting|lagging|logging me out|"
        r"spinning)|server error|something went wrong|blank (?:page|screen)",
    ),
    around=(r"(?:is|are) (?:anyone|anybody|everyone|your|ur)(?: else)?(?: s)? N working",),
    down=(
        r"down(?: ?detector)?(?! as )|dead(?= (?:for|right|rn|again|today|since|in|now|"
        r"here) )|out of service|kaput|timed out|in trouble|on fire|is empty|lagging",
        r"(?:an? |major |massive |huge |big |global |widespread )*outages?",
        r"(?:login|server|network|app|payment|connection)? ?(?:issues?|problems?|"
        r"errors?)(?= (?:right now|now|today|again|,|$))",
        r"working (?:for anyone|for anybody|for you|for u|for everyone|for others)",
    ),
    trouble=(
        r"(?:cant|can not|cannot|couldnt|unable to|not able to|no one can|nobody can|"
        r"wont let me)(?: even| seem to)? (?:access|open|log ?in|log into|login|sign in|"
        r"connect|load|get on|get into|get in|reach|use|join|pay)(?: to| into| on| at|"
        r" with| through| via)?",
        r"(?:cant|can not|cannot|couldnt|unable to) (?:send|post|upload|refresh|tweet)"
        r"(?: \w+){0,2} (?:on|in|via|through|from|with)",
        r"can (?:anyone|anybody)(?: else)? (?:open|access|load|reach|log in to|log into)",
        r"(?:having|have|has|facing|any|some|anyone|getting|there are|"
        r"are there)(?: \w+)? (?:issues?|problems?|trouble|errors?|error messages?|"
        r"glitch\w*)(?: with| on| at| in| loading| accessing| using| opening| (?:logging|"
        r"signing) (?:in|into)(?: to)?)",
        r"(?:problems?|issues?|trouble) (?:with|at|accessing|loading|opening)",
        r"(?:an? |major |massive |huge |big |global |widespread )*outages? (?:at|hits?|of|"
        r"with)",
        r"(?:what|whats|wtf) ?(?:is|s)? (?:wrong|going on|happening) (?:with|to|at)",
        r"no (?:internet|network|service|signal|connection|coverage) (?:on|from|with|at)",
    ),
    works=(
        r"(?:is|are|s|its|it s|was|now|finally|just|came|come|coming|comes|been|re|went|"
        r"up)? ?back (?:up|online|on|again|to normal|now|for me|for us|running|alive|"
        r"in business)(?: again)?",
        r"(?:is|are|s|its|it s|now|finally|came|come|be) back(?! down)",
        r"up again|up and running|(?:is|are|s) up(?= (?:and|for|now|here|,|$))|(?:is|are|"
        r"s|its|it s)? ?working (?:again|now|fine|ok|okay|well|perfectly|great|normally|"
        r"good|for me|here|on my|smoothly|properly)|works (?:fine|again|now|for me|ok|"
        r"okay|great|well|here|perfectly|on my)|(?:is|are|s|been|now|got|finally|"
        r"has been) (?:fixed|resolved|restored)|^ fixed|recovered|no (?:more )?(?:issues?|"
        r"problems?|outages?)|all good|loading fine|running fine|(?:is|are|s) (?:fine|ok|"
        r"okay|stable)|after (?:the|an|yesterday s|last week s|that) outage",
    ),
    denied=(
        r"(?:not|isnt|arent|aint|wasnt|werent|never|no|nt) (?:really |actually |even |a |"
        r"an |the |more |any )?[✗▼◄]",
        r"(?:was|were|had been|wasnt|used to be)(?: \w+){0,2} [✗▼](?! (?:and|but) still)",
        r"(?:(?<!(?:know|sure|wonder|wondering|see|tell|check|checking|ask|asking|idea|"
        r"idk) )if|when|whenever|unless|imagine|in case|until|till|every time|suppose|"
        r"should|would|what happens when)(?: (?!know|sure)\w+){0,2} [NM](?: \w+){0,3} [✗▼]",
        r"(?:not|isnt|never|so no) N",
        r"(?:will|would|gonna|going to) (?:be|go) (?:\w+ )?[✗▼]",
        r"how to (?:fix|solve|repair)|troubleshoot\w*|tutorial|yesterday|last (?:week|"
        r"month|year|time|summer|winter)|(?:in|since|of) (?:19|20)\d\d|remember|used to|"
        r"\d* ?(?:days|weeks|months|years) ago|tomorrow|next (?:week|month|year)|"
        r"back in the day",
    ),
    topics=(
        r"stocks?|shares?|nasdaq|sensex|nifty|prices?|revenues?|profits?|earnings|points|"
        r"pts|ratings?|subscribers|sales|premarket|percent|per cent|bps|valuation|"
        r"market cap|morale|views|costs|market",
    ),
    fillers=(
        r"is|are|s|re|m|has|have|been|be|being|to|seems?|looks?|looking|like|appears?|"
        r"still|again|currently|totally|completely|fully|just|really|also|now|literally|"
        r"all|both|definitely|apparently|officially|suddenly|already|basically|once|more|"
        r"going|gone|goes|went|keeps?|kept|getting|got|so|very|it|its|you|u|y all|yall|"
        r"the|a|an|and|or|of|my|your|our|everyone|me|since|from|with|today|tonight|rn|"
        r"right|morning|this|even|either|as|usual|slow|itself|constantly|randomly|always|"
        r"constantly|ever|in|for|on|at|every|everywhere|here|there|actually|anyone|also|"
        r"globally|worldwide|not|about|which|uk|us|east|west|region|\d|india|delhi|mumbai|"
        rf"{_PARTS}|M|,",
    ),
)
