"""Campaigns: the list, the draft from its audience to its launch, and the run while it goes."""

from console import views

SPEC = views.ViewSpec(
    key="campaigns",
    title="Campaigns",
    icon="megaphone",
    order=20,
    jump="C",
    offers=(
        views.Offer(title="New campaign", args={"new": "yes"}, icon="plus"),
        views.Offer(title="Compare two campaigns", args={"compare": "0,0"}, icon="columns-3"),
    ),
)
