"""The words by which a person asks us, in a reply, to send nothing more."""

#: Whole replies only: "stop" inside a sentence is a conversation, not an opt-out.
STOP = frozenset(
    {
        "stop", "stopall", "stop all", "stop promotions", "unsubscribe", "unsub", "optout", "opt out",
        "opt-out", "cancel", "end", "quit", "revoke", "remove me",
        "alto", "parar", "pare", "baja", "sair", "arret", "arrêt", "stopper", "desabonner", "désabonner",
        "stopp", "abmelden", "abbestellen", "afmelden", "cancella", "disiscrivi", "avsluta", "lopeta",
        "стоп", "отписаться", "إلغاء", "توقف", "停止", "退订", "取消訂閱",
    }
)  # fmt: skip


def stops(text: str) -> bool:
    """Whether a reply, taken whole, asks us to stop; case, outer spaces and punctuation do not count."""
    if len(text) > 64:
        return False
    return " ".join(text.casefold().strip(" \t\r\n.!?\"'«»“”").split()) in STOP
