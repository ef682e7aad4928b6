"""A mail's source made into HTML, over the API."""

from server.api import serving
from server.channels import mailblocks, mailmjml
from server.engine import desk as desks
from server.pipeline.content import mailmaking
from server.wire import mails


@serving.serves(mails.COMPILE)
async def compile_mail(desk: desks.Desk, ask: mails.CompileMail) -> mails.CompiledMail:
    """Make the HTML of a mail's source, exactly as saving does."""
    try:
        html = mailmaking.compiled(ask.source)
    except mailmaking.Broken as error:
        return mails.CompiledMail(faults=[error.fault()])
    if mailblocks.kind(ask.source) != "blocks":
        return mails.CompiledMail(html=html, mjml=ask.source)
    mail = mailblocks.read(ask.source)
    return mails.CompiledMail(html=html, mjml=mailmjml.mjml(mail), faults=mailmjml.check(mail))
