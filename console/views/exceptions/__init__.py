"""Exceptions: what is in doubt and what was given up, why, and what can be done about it."""

from console import views

SPEC = views.ViewSpec(key="exceptions", title="Exceptions", icon="shield-alert", order=35, jump="E")
