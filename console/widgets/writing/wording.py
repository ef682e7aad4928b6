"""What is read first of a content; pure."""

from server.channels import apns, contents, email, rcs, sms, webpush, whatsapp


def headline(content: contents.Content) -> str:
    """The first words a person would read."""
    found = ""
    match content:
        case apns.ApnsContent() | webpush.WebPushContent():
            found = content.title or content.body
        case email.EmailContent():
            found = content.subject
        case sms.SmsContent():
            found = content.body
        case whatsapp.WhatsAppContent():
            found = whatsapp.preview(content) or content.template
        case rcs.RcsContent():
            cards = (card.title for card in content.cards)
            found = content.text if content.kind == "text" else next(cards, "")
    return " ".join(found.split())
