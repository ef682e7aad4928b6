"""Twins: what arrived at the provider twins, and the recipients that play a part there."""

from console import views

SPEC = views.ViewSpec(key="twins", title="Twins", icon="flask-conical", order=70, group="Setup", jump="T")
