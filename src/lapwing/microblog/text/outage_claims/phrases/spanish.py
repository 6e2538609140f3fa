"""Spanish."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

SPANISH: Final = Phrases(
    fails=(
        r"no (?:me |nos |les |te |le |se )?(?:esta |estan )?(?:funcionan?|funcionando|"
        r"andan?|cargan?|cargando|abren?|va|van|responden?|sirven?|conectan?|jalan?|"
        r"furula|deja(?:n)?(?: entrar)?|puede abrir|envian?|mandan?|suben?|actualizan?|"
        r"reproducen?|entran?|muestran?|descargan?|inician?|reciben?|llegan?)(?: (?:bien|"
        r"nada))?",
        r"(?:se )?(?:ha caido|han caido|cayo|cayeron|colapso|rompio|murio)|"
        r"dejo de funcionar|fuera de servicio|sin servicio",
        r"(?:tiene|con|da) (?:problemas|fallas?|fallos|errores|error)|fallando|"
        r"falla(?:n)?|colapsad[oa]",
        r"(?:esta |estan |anda |sigue |siguen )(?:caid[oa]s?|roto|muerto|colgado)",
    ),
    down=(r"caid[oa]s?|cae|roto|muerto|lento",),
    trouble=(
        r"(?:problemas?|fallas?|fallos?|errores|error|lio) (?:con|en|de)|caida (?:de|en|"
        r"mundial de)",
        r"no (?:me )?(?:puedo|pude|podemos|deja|logro) (?:entrar|acceder|ingresar|usar|"
        r"abrir|conectar(?:me)?)(?: a| en| al| con)?",
    ),
    works=(
        r"ya (?:funciona|volvio|anda|esta|carga|regreso|va|sirve)|volvio|"
        r"funcionan? (?:bien|perfecto|normal|de nuevo|otra vez|perfectamente)|se recupero|"
        r"restablecid[oa]|solucionad[oa]|arreglad[oa]",
    ),
    denied=(
        r"(?:no|sin|ningun) (?:\w+ ){0,1}[✗▼◄]",
        r"(?:estaba|estuvo|estaban) (?:\w+ )?[✗▼]",
        r"ayer|(?<!(?:sabe|saben|sabes|saber|se|sabeis) )si (?:\w+ |✗ )?[NM▼✗]|"
        r"cuando (?:\w+ )?[✗▼NM]|anoche|el ano pasado",
    ),
    topics=(r"acciones|accion|bolsa|ventas|precio|precios|ingresos",),
    fillers=(
        r"se|ha|han|esta|estan|sigue|siguen|anda|andan|de|nuevo|otra|vez|me|nos|les|le|a|"
        r"mi|todos|lo|ya|hoy|ahora|mismo|tambien|todavia|aun|parece|la|el|los|las|en|"
        r"app|aplicacion|pagina|servidor|servidores|mundial|argentina|mexico|espana|al|"
        r"por|con|desde|totalmente|alguien|no",
    ),
)
