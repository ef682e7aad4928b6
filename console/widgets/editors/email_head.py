"""What stands around a mail's page: subject and preheader with their lengths and emoji, the rest folded away."""

import dataclasses

from console.widgets import buttons, fields
from console.widgets.editors import email_emoji, forms, groups, leaves, parts
from server.channels import base

#: What stands in sight; the rest of the parts is folded away.
_SHOWN = ("subject", "preheader")
#: From this many characters on, mailboxes begin to cut.
_ENOUGH = {"subject": 60, "preheader": 100}


class Head(groups.Group):
    """The fields of a mail that are not its page."""

    def __init__(self) -> None:
        super().__init__([_described(part) for part in forms.EMAIL if part.name != "html"])
        self.counts = {name: self._decorate(name) for name in _SHOWN}
        self.changed.connect(self._count)

    def set_value(self, value: parts.Fields) -> None:
        """Edit these plain values."""
        super().set_value(value)
        self._count()

    def _decorate(self, name: str) -> buttons.Badge:
        """A counter and emoji beside a field."""
        field = self._field(name)
        count = buttons.Badge()
        field.add_beside(count)
        field.add_beside(email_emoji.EmojiButton(field))
        return count

    def _field(self, name: str) -> fields.Field:
        leaf = self.editors[name]
        assert isinstance(leaf, leaves.Leaf)
        return leaf.field

    def _count(self) -> None:
        for name, badge in self.counts.items():
            words = base.LIQUID.sub("", str(self._field(name).value()))
            over = len(words) > _ENOUGH[name]
            badge.set(str(len(words)) if words else "", "warn" if over else "mute")
            badge.setToolTip(f"{len(words)} characters; mailboxes show about {_ENOUGH[name]}")


def _described(part: parts.Part) -> parts.Part:
    shown = part.name in _SHOWN
    hint = "Shown after the subject" if part.name == "preheader" else ""
    return dataclasses.replace(
        part,
        more=not shown,
        beside=part.beside or part.name == "preheader",
        help="" if shown else part.help,
        placeholder=part.placeholder or hint,
    )
