"""Overview: what runs, how fast, and what is wrong."""

from console import views

SPEC = views.ViewSpec(key="overview", title="Overview", icon="layout-dashboard", order=10, jump="O")
