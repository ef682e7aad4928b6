"""Templates over the API."""

from server.api import serving
from server.channels import contents
from server.engine import desk as desks
from server.pipeline.content import examining, mailmaking
from server.store import templates as rows
from server.wire import endpoint, problems, templates

Desk = desks.Desk

LONGEST_NAME = 200


@serving.serves(templates.LIST)
async def list_templates(desk: Desk, ask: templates.TemplateQuery) -> templates.Templates:
    """List templates."""
    async with desk.database.reading() as connection:
        return await rows.page(connection, desk.workspace, ask)


@serving.serves(templates.CREATE)
async def create(desk: Desk, ask: templates.SaveTemplate) -> templates.Template:
    """Create a template. Content that cannot be sent as it is written is refused, every fault named."""
    name = _checked(ask)
    async with desk.database.writing() as connection:
        template = await rows.insert(connection, desk.workspace, name, mailmaking.made(ask.content))
        return _there(await rows.show(connection, desk.workspace, template), template)


@serving.serves(templates.SHOW)
async def show(desk: Desk, _ask: endpoint.Nothing, *, template: int) -> templates.Template:
    """Show a template."""
    async with desk.database.reading() as connection:
        return _there(await rows.show(connection, desk.workspace, template), template)


@serving.serves(templates.SAVE)
async def save(desk: Desk, ask: templates.SaveTemplate, *, template: int) -> templates.Template:
    """Save a template; a new version is made where the content differs."""
    name = _checked(ask)
    async with desk.database.writing() as connection:
        found = _there(await rows.show(connection, desk.workspace, template), template)
        if found.channel != _channel(ask.content):
            raise problems.refuse(
                problems.Code.CONFLICT,
                f"The template is one for {contents.TITLES[found.channel]}, and stays one.",
                "Create another template for the other channel.",
            )
        await rows.save(connection, desk.workspace, found, name, mailmaking.made(ask.content))
        return _there(await rows.show(connection, desk.workspace, template), template)


@serving.serves(templates.DELETE)
async def delete(desk: Desk, _ask: endpoint.Nothing, *, template: int) -> endpoint.Done:
    """Delete a template. What was sent with it stays as it is."""
    async with desk.database.writing() as connection:
        if not await rows.remove(connection, desk.workspace, template):
            raise _none(template)
    return endpoint.Done()


def _channel(content: contents.Content) -> str:
    return str(content.__struct_config__.tag)


def _checked(ask: templates.SaveTemplate) -> str:
    """The name, tidied. Raises problems.Refused naming every fault of name and content."""
    name = " ".join(ask.name.split())
    faults = [
        problems.Fault(place=f"content.{fault.place}", message=fault.message, remedy=fault.remedy)
        for fault in examining.examine_one(ask.content)
        if fault.level == "error"
    ]
    if not name or len(name) > LONGEST_NAME:
        message = f"A template needs a name of 1 to {LONGEST_NAME} characters."
        faults.insert(0, problems.Fault(place="name", message=message))
    if faults:
        raise problems.refuse(
            problems.Code.INVALID, "The template cannot be saved as it is.", faults[0].remedy, faults
        )
    return name


def _there(found: templates.Template | None, template: int) -> templates.Template:
    if found is None:
        raise _none(template)
    return found


def _none(template: int) -> problems.Refused:
    return problems.refuse(
        problems.Code.NOT_FOUND, f"There is no template {template}.", "It may have been removed."
    )
