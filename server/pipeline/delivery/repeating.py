"""Decide whether a message may be sent again while nobody knows if the first one arrived."""

from server.channels import contents


def harmless(content: contents.Content, *, by_reference: bool) -> bool:
    """Whether a second send of this content, under the same reference, leaves the person with one message.

    `by_reference`: the provider knows our reference and ignores a double of it (`base.Provider.repeatable`). Else the
    content must carry a key by which the second replaces the first: Apple's collapse id, a push service's topic.
    """
    if by_reference:
        return True
    match content:
        case contents.Apns():
            return bool(content.collapse_id)
        case contents.WebPush():
            return bool(content.topic)
    return False
