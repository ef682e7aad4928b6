"""A view that exists for the window's tests."""

from console import views

SPEC = views.ViewSpec(key="second", title="Second", icon="megaphone", order=2, group="Delivery", jump="S")
