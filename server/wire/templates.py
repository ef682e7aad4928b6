"""Templates: reusable content of one channel, versioned."""

from datetime import datetime

from server.channels import contents
from server.wire import endpoint


class Template(endpoint.Reply, frozen=True):
    """One template at its newest version."""

    id: int
    name: str
    channel: str
    version: int
    content: contents.Content
    updated_at: datetime


class Templates(endpoint.Page, frozen=True):
    """A page of templates."""

    rows: list[Template]


class TemplateQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the list."""

    channel: str = ""
    find: str = ""


class SaveTemplate(endpoint.Ask, frozen=True, kw_only=True):
    """A template's name and content; saving makes a new version when the content differs."""

    name: str
    content: contents.Content


LIST = endpoint.Endpoint("GET", "/v1/templates", TemplateQuery, Templates, "List templates")
CREATE = endpoint.Endpoint("POST", "/v1/templates", SaveTemplate, Template, "Create a template")
SHOW = endpoint.Endpoint("GET", "/v1/templates/{template}", endpoint.Nothing, Template, "Show a template")
SAVE = endpoint.Endpoint("PUT", "/v1/templates/{template}", SaveTemplate, Template, "Save a new version")
DELETE = endpoint.Endpoint(
    "DELETE", "/v1/templates/{template}", endpoint.Nothing, endpoint.Done, "Delete a template"
)
