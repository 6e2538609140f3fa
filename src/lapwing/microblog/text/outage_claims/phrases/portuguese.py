"""Portuguese."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.text.outage_claims.phrases.form import Phrases

PORTUGUESE: Final = Phrases(
    fails=(
        r"nao (?:me |ta |esta |tao |estao )?(?:funciona|funcionam|funcionando|carrega|"
        r"carregando|abre|abrindo|entra|pega|vai|responde|conecta|envia|manda|atualiza|"
        r"liga|sobe|aparece|chega|toca|roda)",
        r"(?:caiu|cairam)|fora do ar|parou de funcionar|(?:ta|esta|com) (?:problemas?|"
        r"instabilidade|instavel|bugado)|bugou|travou|com erro|instabilidade (?:no|na|do|"
        r"da)",
    ),
    trouble=(
        r"(?:nao (?:consigo|estou conseguindo|to conseguindo|da pra)|"
        r"sem conseguir) (?:entrar|acessar|usar|abrir|logar|conectar)(?: no| na| em| ao)?|"
        r"problemas? (?:com|no|na)|queda (?:do|da)",
    ),
    works=(
        r"voltou|voltaram|funcionando (?:normalmente|bem|de novo|normal)|ja (?:voltou|"
        r"ta funcionando|esta funcionando)|normalizou|normalizado",
    ),
    denied=(
        r"(?:nao|sem) (?:\w+ )?[✗◄]|(?:estava|tava|esteve) (?:\w+ )?✗|"
        r"se [oa] [NM]|quando [oa] [NM]|"
        r"ontem",
    ),
    topics=(r"acoes|acao|bolsa|vendas|preco|precos|chuva",),
    fillers=(
        r"o|a|os|as|do|da|no|na|ta|esta|de|novo|hoje|agora|aqui|tambem|pra|mim|gente|meu|"
        r"minha|dnv|mais|com|e|site|servidor",
    ),
)
