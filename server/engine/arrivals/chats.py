"""Read SMS and WhatsApp messages back from the form and the JSON they were posted as."""

from typing import Any

from server.channels import sms, whatsapp
from server.engine.arrivals import bags
from server.wire import twins

#: Fields of Twilio's form that say whom, from whom and how to call back; the rest is the content.
_ENVELOPE = {"To", "From", "MessagingServiceSid", "StatusCallback", "Attempt"}


def read_sms(arrived: twins.Arrived, strays: bags.Strays) -> sms.SmsContent:
    """A text message, from the fields of its form."""
    fields = bags.Bag({name: value for name, value in arrived.wire.items() if name not in _ENVELOPE}, strays)
    validity = fields.text("ValidityPeriod", str(sms.VALIDITY_LIMIT_S))
    if not validity.isdecimal():
        raise bags.Unreadable(f"ValidityPeriod says {validity[:40]!r} where a number belongs.")
    media = fields.text("MediaUrl")
    content = sms.SmsContent(
        body=fields.text("Body"),
        media_urls=media.split("\n") if media else [],
        validity_s=int(validity),
    )
    fields.close()
    return content


def settle_sms(read: sms.SmsContent, promised: sms.SmsContent) -> dict[str, object]:
    """The wire tells all of it."""
    return {}


def read_whatsapp(arrived: twins.Arrived, strays: bags.Strays) -> whatsapp.WhatsAppContent:
    """A template message, from its parameters."""
    body = bags.Bag(dict(bags.body(arrived.body)), strays)
    for name, value in (("messaging_product", "whatsapp"), ("type", "template")):
        body.expect(name, value)
    body.text("recipient_type")
    body.text("to")
    body.text("biz_opaque_callback_data")
    template = body.inner("template")
    language = template.inner("language")
    language.text("policy")
    parts: dict[str, Any] = {"header": whatsapp.Header(), "body": [], "buttons": []}
    for component in template.rows("components"):
        _component(component, parts)
        component.close()
    filled = arrived.shown.get("body")  # what the phone made of it, where no promise has the approved text
    content = whatsapp.WhatsAppContent(
        template=template.text("name"),
        language=language.text("code"),
        sample=filled if isinstance(filled, str) else "",
        **parts,
    )
    for bag in (language, template, body):
        bag.close()
    return content


def _component(component: bags.Bag, parts: dict[str, Any]) -> None:
    kind = component.text("type")
    if kind == "header":
        parts["header"] = next((_header(one) for one in component.rows("parameters")), whatsapp.Header())
    elif kind == "body":
        parts["body"] = [_parameter(one) for one in component.rows("parameters")]
    elif kind == "button":
        parts["buttons"].append(_button(component))
    else:
        raise bags.Unreadable(f"A template has no component of the type {kind[:40]!r}.")


def _header(fields: bags.Bag) -> whatsapp.Header:
    kind = fields.text("type")
    if kind == "text":
        made = whatsapp.Header(kind="text", name=fields.text("parameter_name"), text=fields.text("text"))
    else:
        media = fields.inner(kind)
        made = whatsapp.Header(
            kind=kind,  # type: ignore[arg-type]  # the whole content is checked later
            link=media.text("link"),
            filename=media.text("filename"),
        )
        media.close()
    fields.close()
    return made


def _parameter(fields: bags.Bag) -> whatsapp.Parameter:
    fields.expect("type", "text")
    made = whatsapp.Parameter(name=fields.text("parameter_name"), text=fields.text("text"))
    fields.close()
    return made


def _button(component: bags.Bag) -> whatsapp.Button:
    index, kind, value = component.text("index"), component.text("sub_type"), ""
    for one in component.rows("parameters"):
        value = one.text({"text": "text", "payload": "payload"}.get(one.text("type"), "coupon_code"))
        one.close()
    if not index.isdecimal():
        raise bags.Unreadable(f"A button's index is {index[:40]!r}.")
    return whatsapp.Button(index=int(index), kind=kind, value=value)  # type: ignore[arg-type]  # as above


def settle_whatsapp(read: whatsapp.WhatsAppContent, promised: whatsapp.WhatsAppContent) -> dict[str, object]:
    """What is only for the desk: the category, the approved text, and header fields that its kind has no use for."""
    told: dict[str, object] = {"category": promised.category, "sample": promised.sample}
    header, used = promised.header, _USED.get(promised.header.kind, ())
    if read.header.kind == header.kind and all(
        getattr(read.header, name) == getattr(header, name) for name in used
    ):
        told["header"] = header
    return told


#: What of a header travels, by its kind.
_USED = {
    "none": (),
    "text": ("name", "text"),
    "image": ("link",),
    "video": ("link",),
    "document": ("link", "filename"),
}
