"""What a reason in the ledger means and what to do about it: our own words first, then the vendor's, by the atlas."""

import functools
import re
from dataclasses import dataclass

from server.providers import atlas, base, registry

OURS = "ledger_reasons"  #: the atlas' table of the reasons this system gives itself

_CODE = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A reason in words."""

    words: str
    remedy: str
    disposition: str  #: what the send path does with such an answer; empty where it is no answer


@functools.lru_cache(maxsize=4096)
def explain(provider: str, reason: str) -> Meaning:
    """What a reason means with a provider; without one (`""`) by whoever knows it.

    A code nobody has written down is told as such.
    """
    if not reason:
        return Meaning(words="", remedy="", disposition="")
    for code in (reason, *_CODE.findall(reason)[:1]):
        found = atlas.entry(OURS, code) or _vendors(provider, code)
        if found is not None:
            return Meaning(
                words=_sentence(found.meaning),
                remedy=_sentence(found.remedy),
                disposition=found.disposition.value if found.disposition is not None else "",
            )
    return Meaning(
        words=f"The provider's code {reason}.",
        remedy="Read the provider's words in a message's story, and look the code up in its documentation.",
        disposition="",
    )


def explain_receipt(channel: str, reason: str) -> str:
    """A receipt's kind and code, such as `failed 30005`, in words; empty where there is no code in it that we know.

    What is kept of a receipt does not name the account, so every provider of the channel is asked.
    """
    _, _, code = reason.partition(" ")
    adapters = (key for key in registry.PROVIDERS if registry.PROVIDERS[key].channel == channel)
    found = next(
        (entry for key in adapters if code and (entry := registry.PROVIDERS.explain(key, code))), None
    )
    return found.meaning.rstrip(".") if found is not None else ""


def _vendors(provider: str, code: str) -> atlas.Entry | None:
    keys = (provider,) if provider in registry.PROVIDERS else tuple(registry.PROVIDERS)
    found = (registry.PROVIDERS.explain(key, code) for key in keys)
    return next((entry for entry in found if entry is not None), None)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def adapter(provider: str | None) -> type[base.Provider] | None:
    """A vendor's adapter; None where the account is gone or was never known."""
    return registry.PROVIDERS[provider] if provider and provider in registry.PROVIDERS else None
