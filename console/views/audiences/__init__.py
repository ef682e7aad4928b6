"""Audiences: who can be reached, imports and their faults, and who must not be written to."""

from console import views

SPEC = views.ViewSpec(
    key="audiences",
    title="Audiences",
    icon="users",
    order=40,
    jump="A",
    offers=(views.Offer(title="Import a file", args={"add": "yes"}, icon="upload"),),
)
