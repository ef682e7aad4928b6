"""A view that exists for the window's tests."""

from console import views

SPEC = views.ViewSpec(key="first", title="First", icon="megaphone", order=1, group="", jump="F")
