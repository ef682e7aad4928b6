"""Templates: the library with its folders, the page of one template, and the shared blocks."""

from console import views

SPEC = views.ViewSpec(
    key="templates",
    title="Templates",
    icon="layout-template",
    order=25,
    jump="L",
    offers=(views.Offer(title="New template", args={"new": "yes"}, icon="plus"),),
)
