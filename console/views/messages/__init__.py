"""Messages: find one person's message, and its story."""

from console import views

SPEC = views.ViewSpec(key="messages", title="Messages", icon="messages-square", order=30, jump="M")
