"""French."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

FRENCH: Final = Phrases(
    fails=(
        r"(?:n |ne )?(?:marche|marchent|envoie|demarre|lance|actualise|fonctionne|"
        r"fonctionnent|repond|charge|s ouvre|s affiche|veut) (?:plus|pas|"
        r"toujours pas)(?: (?:s ouvrir|charger))?",
        r"en panne|hors service|inaccessible|en rade|plante|a plante|bug|bugs|bugue|"
        r"beugue|hs|ca rame|en carafe",
    ),
    trouble=(
        r"plus (?:de reseau|de connexion|d internet|rien)(?: chez| sur)?|(?:grosse |une |"
        r"la )?panne (?:chez|de|d|sur|mondiale de)|(?:gros |un |des )?(?:bugs?|problemes?|"
        r"soucis?) (?:sur|avec|chez|de)|impossible (?:de|d) (?:se connecter|me connecter|"
        r"acceder|aller|ouvrir|utiliser|lancer)(?: a| sur| au)?",
    ),
    works=(
        r"(?:re|re ?)?marche (?:a nouveau|bien|de nouveau|tres bien)|remarche(?:nt)?|"
        r"refonctionne|de retour|revenu|retabli|repare|fonctionne(?:nt)? (?:bien|"
        r"tres bien|a nouveau|normalement|parfaitement)|c est bon",
    ),
    denied=(
        r"(?:pas|aucun|aucune|sans) (?:\w+ )?[✗▼◄]|etait (?:\w+ )?[✗▼]|"
        r"(?:(?<!(?:sais|sait|pas|savoir|voir) )si|quand|lorsque) (?:\w+ )?[NM]|hier",
    ),
    topics=(r"action|actions|bourse|baisse|prix|ventes",),
    fillers=(
        r"est|sont|le|la|les|l|c|ce|sur|soir|encore|toujours|chez|vous|moi|aussi|de|"
        r"nouveau|a|ne|n|qui|tout|totalement|completement|site|appli|reseau|ou|"
        r"internet|et|du|en|au",
    ),
)
