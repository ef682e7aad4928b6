"""Templates over the API."""

from server.api import serving
from server.engine import arranging, impact, library, versioning
from server.engine import desk as desks
from server.wire import endpoint, templates

Desk = desks.Desk


@serving.serves(templates.LIST)
async def list_templates(desk: Desk, ask: templates.TemplateQuery) -> templates.Templates:
    """List templates."""
    return await library.list_(desk, ask)


@serving.serves(templates.CREATE)
async def create(desk: Desk, ask: templates.SaveTemplate) -> templates.Template:
    """Create a template. Content that cannot be sent as it is written is refused, every fault named."""
    return await library.create(desk, ask)


@serving.serves(templates.SHELVES)
async def shelves(desk: Desk, _ask: endpoint.Nothing) -> templates.Shelves:
    """Folders, tags, languages and channels with counts."""
    return await arranging.shelves(desk)


@serving.serves(templates.ARRANGE)
async def arrange(desk: Desk, ask: templates.Arrange) -> templates.Arranged:
    """Rename, move, tag or archive templates: all or none. Asking for what was before undoes it."""
    return await arranging.arrange(desk, ask)


@serving.serves(templates.RENAME_FOLDER)
async def rename_folder(desk: Desk, ask: templates.RenameFolder) -> templates.Arranged:
    """Give a folder and all in it another path."""
    return await arranging.rename_folder(desk, ask)


@serving.serves(templates.SHOW)
async def show(desk: Desk, _ask: endpoint.Nothing, *, template: int) -> templates.Template:
    """Show a template."""
    return await library.show(desk, template)


@serving.serves(templates.SAVE)
async def save(desk: Desk, ask: templates.SaveTemplate, *, template: int) -> templates.Template:
    """Save a template; a new version is made where the content differs in any language."""
    return await library.save(desk, template, ask)


@serving.serves(templates.DELETE)
async def delete(desk: Desk, _ask: endpoint.Nothing, *, template: int) -> endpoint.Done:
    """Delete a template that no draft and no schedule uses. What was sent with it stays as it is."""
    await library.delete(desk, template)
    return endpoint.Done()


@serving.serves(templates.DUPLICATE)
async def duplicate(desk: Desk, ask: templates.Duplicate, *, template: int) -> templates.Template:
    """Copy a template, or an older version of it."""
    return await library.duplicate(desk, template, ask)


@serving.serves(templates.VERSIONS)
async def versions(desk: Desk, ask: endpoint.Window, *, template: int) -> templates.Versions:
    """List a template's versions, newest first."""
    return await versioning.list_versions(desk, template, ask)


@serving.serves(templates.VERSION)
async def version(desk: Desk, _ask: endpoint.Nothing, *, template: int, version: int) -> templates.Version:
    """Show one version."""
    return await versioning.show_version(desk, template, version)


@serving.serves(templates.ANNOTATE)
async def annotate(desk: Desk, ask: templates.Note, *, template: int, version: int) -> templates.Version:
    """Change a version's note."""
    return await versioning.annotate(desk, template, version, ask)


@serving.serves(templates.RESTORE)
async def restore(desk: Desk, ask: templates.Restore, *, template: int, version: int) -> templates.Template:
    """Take an older version's content up again as a new version."""
    return await versioning.restore(desk, template, version, ask)


@serving.serves(templates.USES)
async def uses(desk: Desk, _ask: endpoint.Nothing, *, template: int) -> templates.Uses:
    """The campaigns that took a template: drafts, scheduled ones, and those that were sent."""
    return await versioning.list_uses(desk, template)


@serving.serves(templates.IMPACT)
async def impacts(desk: Desk, ask: templates.ImpactAsk, *, template: int) -> templates.Impact:
    """What saving a content would mean for the people of those who use the template."""
    found = await library.show(desk, template)
    spoken = found.translations if ask.translations is None else ask.translations
    return await impact.of_template(desk, found, ask.content, spoken)
