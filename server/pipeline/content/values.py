"""The values a template may use: what is known of one person, by name."""

from collections.abc import Mapping
from typing import Any

import msgspec


def of(
    *,
    key: str,
    name: str,
    country: str,
    zone: str,
    locale: str,
    attributes: str | bytes | Mapping[str, object],
    email: str = "",
    phone: str = "",
) -> dict[str, object]:
    """A person's values: all attributes, then the names of wire.audiences.RESERVED, which no attribute may take.

    Empty ones are left out, so that they count as missing. `first_name` and `last_name` are what was given as such and
    lie among the attributes: a name is never taken apart by guessing. `attributes` may be JSON. `email` and `phone` are
    the addresses in use; a phone is the SMS one, else WhatsApp's, else RCS's.
    """
    values: dict[str, object] = (
        msgspec.json.decode(attributes) if isinstance(attributes, str | bytes) else dict(attributes)
    )
    if key:
        values["key"] = key
    if name:
        values["name"] = name
    if country:
        values["country"] = country
    if zone:
        values["zone"] = zone
    if locale:
        values["locale"] = locale
    if email:
        values["email"] = email
    if phone:
        values["phone"] = phone
    return values


def values_of(contact: Mapping[str, Any]) -> dict[str, object]:
    """The same of a row with these columns; `email` and `phone` may be left out of it."""
    return of(
        key=contact["key"],
        name=contact["name"],
        country=contact["country"],
        zone=contact["zone"],
        locale=contact["locale"],
        attributes=contact["attributes"],
        email=contact.get("email") or "",
        phone=contact.get("phone") or "",
    )
