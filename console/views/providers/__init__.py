"""Providers: our accounts at each of them, their health, and whether their credentials work."""

from console import views

SPEC = views.ViewSpec(
    key="providers",
    title="Providers",
    icon="plug",
    order=60,
    group="Setup",
    jump="P",
    offers=(views.Offer(title="Limits and routes", args={"part": "limits"}, icon="gauge"),),
)
