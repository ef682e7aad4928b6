"""The second step: what is said on each channel, checked and previewed while it is written."""

import functools
from collections.abc import Mapping

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.views.campaigns.draft import channels, model, preview, templating
from console.widgets import cards, empty, fields, flow, layout, notices, text, theme
from console.widgets.editors import channel as editor
from console.widgets.editors import checking, email, forms, limits, meters
from console.widgets.writing import mailing, values
from server.channels import base, contents
from server.wire import audiences

SIDE_W = 396
ROOMY_W = 1_100  #: below it the channels are icons


class ContentStep(QtWidgets.QWidget):
    """`changed` at every edit; the draft's Work is changed in place."""

    changed = QtCore.Signal()

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._work = model.Work()
        self._strict = False
        self._said: dict[str, dict[str, str]] = {}  #: channel to the server's faults, until it is edited
        self._forms: dict[str, editor.Form | email.EmailEditor] = {}
        self._audience: audiences.Audience | None = None
        self._soon = QtCore.QTimer(self)  #: the preview has a turn of its own to be built in
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._build_preview)
        self._build()
        app = QtWidgets.QApplication.instance()
        assert isinstance(app, QtWidgets.QApplication)
        app.focusChanged.connect(self._on_focus)

    # what is on screen

    def _build(self) -> None:
        self.channels = channels.Channels()
        self.channels.chosen.connect(self.go)
        self.on = fields.SwitchField("Send")
        self.on.control.setToolTip("Send on this channel")
        self.on.changed.connect(self._on_switched)
        self.insert = values.InsertButton(self._desk, "campaigns")
        self._title = text.section("")
        self._general = notices.Banner()
        self._stack = QtWidgets.QStackedWidget()
        self._off = empty.EmptyState(
            "circle-slash", "This channel is off", "Nothing is sent here. What was written before is kept."
        )
        self._off.set_action("Send on this channel", lambda: self.switch(on=True))
        self._stack.addWidget(self._off)
        self.limits = limits.Limits()
        self._tools = layout.row(gap=0)
        self.templates = templating.Templating(self._desk, self)
        self.templates.taken.connect(self._on_taken)
        acts = flow.Flow(gap=theme.MD)  # in two lines where there is little room
        for act in (layout.boxed(self._tools), self.templates.button, self.insert):
            acts.addWidget(act)
        head = layout.row(self._title, self.on, None, layout.boxed(acts), gap=theme.MD)
        middle = cards.Card(
            layout.column(head, self.templates.line, self._general, self._stack, gap=theme.MD, grow=3)
        )
        self._beside = layout.column(self.limits, gap=theme.MD)
        self.side = layout.boxed(self._beside)
        self.side.setFixedWidth(SIDE_W)
        self.setLayout(layout.row(self.channels, middle, self.side, gap=theme.MD, grow=1))

    @functools.cached_property
    def preview(self) -> preview.Preview:
        """What one person would get."""
        made = preview.Preview(self._desk)
        made.rendered.connect(self._measure)
        made.part_clicked.connect(lambda place: self.go(self.channels.current(), place))
        made.sms_wanted.connect(lambda: self.go("sms", "body"))
        self._beside.addWidget(made, 1)
        _people_of(made, self._audience)
        return made

    def _has_preview(self) -> bool:
        return "preview" in vars(self)

    # from outside

    def set_work(self, work: model.Work) -> None:
        """Edit this draft."""
        self._work, self._strict, self._said = work, False, {}
        for channel, form in self._forms.items():
            form.set_value(work.fields(channel))
        first = work.chosen()
        if first and self.channels.current() not in work.on:
            self.channels.set_current(first[0])
        self._mark()
        self._show()

    def set_audience(self, audience: audiences.Audience | None) -> None:
        """Take values and people from this audience."""
        self._audience = audience
        self.insert.set_audience(audience.id if audience is not None else None)
        if self._has_preview():
            _people_of(self.preview, audience)

    def start(self) -> None:
        """The step is on screen; the keyboard is in the list of channels."""
        self._show()
        self.channels.entries[self.channels.current()].setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def stop(self) -> None:
        """It is not any more."""
        self._soon.stop()
        if self._has_preview():
            self.preview.stop()

    def be_strict(self) -> None:
        """From now on name also what nobody has touched yet."""
        self._strict = True
        self._show_faults()

    def go(self, channel: str, place: str = "") -> None:
        """Show a channel's form, with the keyboard at a place of it."""
        self.channels.set_current(channel)
        self._show()
        if place and channel in self._forms:
            self._forms[channel].go_to(place)

    def switch(self, *, on: bool) -> None:
        """Send on the channel shown, or do not."""
        channel = self.channels.current()
        if on:
            self._work.on.add(channel)
            self._work.fields(channel)
        else:
            self._work.on.discard(channel)
        self._mark()
        self._show()
        self.changed.emit()
        if on:
            self._forms[channel].go_to(forms.FORMS[channel][0].name)

    def show_said(self, said: Mapping[str, str]) -> None:
        """Show the server's faults, by places such as `contents.sms.body`, until their channel is edited."""
        self._said = {}
        for where, words in said.items():
            _, _, rest = where.partition("contents.")
            channel, _, place = rest.partition(".")
            if channel in contents.CHANNELS:
                self._said.setdefault(channel, {})[place] = words
        self._mark()
        self._show_faults()

    def set_folded(self, *, folded: bool) -> None:
        """Hide or show the rarer settings of the channel shown, as for a picture."""
        self._form(self.channels.current()).set_folded(folded=folded)

    def show_payload(self, *, shown: bool) -> None:
        """Show what is sent beside the form, where the channel's messages are JSON."""
        form = self._form(self.channels.current())
        if isinstance(form, editor.Form):
            form.show_payload(shown=shown)

    def show_blocks(self) -> None:
        """Show the sample mail in blocks, as for a picture; the draft stays as it is."""
        form = self._form("email")
        if isinstance(form, email.EmailEditor):
            form.set_value({**self._work.fields("email"), "source": email.SAMPLE.read_text(encoding="utf-8")})
            form.canvas.select("b2")

    # from within

    def _form(self, channel: str) -> editor.Form | email.EmailEditor:
        known = self._forms.get(channel)
        if known is not None:
            return known
        form = self._forms[channel] = _editor(channel)
        if isinstance(form, email.EmailEditor):
            mailing.follow(self._desk, form, lambda: self.insert.known, "campaigns")
            form.beside_wanted.connect(lambda _wanted: self._on_beside())
        else:
            form.widened.connect(self._make_room)
        form.set_value(self._work.fields(channel))
        form.changed.connect(lambda: self._on_edited(channel))
        self._stack.addWidget(form)
        self._tools.addWidget(form.tools)
        return form

    def _make_room(self) -> None:
        """Two things side by side need the width that the channels' names take."""
        form = self._forms.get(self.channels.current())
        wide = isinstance(form, editor.Form) and form.is_wide()
        self.channels.set_narrow(narrow=wide or self.width() < ROOMY_W)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _on_taken(self, channel: str) -> None:
        """A template was taken up, or given back: the form says what the draft says now."""
        self._forms[channel].set_value(self._work.fields(channel))
        self._on_edited(channel)
        self.templates.show(self._work, channel)

    def _on_switched(self) -> None:
        self.switch(on=self.on.value())

    def _on_edited(self, channel: str) -> None:
        self._work.written[channel] = self._forms[channel].value()
        self._said.pop(channel, None)
        self._mark()
        self._show_faults()
        self._preview()
        self.changed.emit()

    def _mark(self) -> None:
        """Show in the list what is on, and what is wrong."""
        for channel, entry in self.channels.entries.items():
            on = channel in self._work.on
            errors = len(checking.errors(channel, self._work.fields(channel))) if on else 0
            entry.set_state(on=on, errors=errors + len(self._said.get(channel, {})))

    def _show(self) -> None:
        channel = self.channels.current()
        on = channel in self._work.on
        self._title.setText(contents.TITLES[channel])
        self.templates.show(self._work, channel)
        self.on.set_value(on)
        self.on.setVisible(on)
        self.insert.setVisible(on)
        self.limits.setVisible(on)
        for name, form in self._forms.items():
            form.tools.setVisible(on and name == channel)
        self._make_room()
        if on:
            self._stack.setCurrentWidget(self._form(channel))
            self._show_faults()
        else:
            self._off_words(channel)
            self._stack.setCurrentWidget(self._off)
            self._general.say("")
        self._show_side()
        self._preview()

    def _on_beside(self) -> None:
        self._show_side()
        self._preview()

    def _show_side(self) -> None:
        """A mail's editor needs the room: its preview stands beside it when a person asks for it."""
        form = self._forms.get(self.channels.current())
        on = self.channels.current() in self._work.on
        self.side.setVisible(not on or not isinstance(form, email.EmailEditor) or form.beside.isChecked())

    def _off_words(self, channel: str) -> None:
        title = contents.TITLES[channel]
        kept = self._work.fields(channel) != checking.blank(channel)
        words = "What was written before is kept." if kept else "Switch it on to write what people get here."
        self._off.set_text(f"{title} is not part of this campaign. {words}")

    def _show_faults(self) -> None:
        channel = self.channels.current()
        if channel not in self._work.on or channel not in self._forms:
            return
        found = checking.faults(channel, self._work.fields(channel))
        placed = {
            fault.place: f"{fault.message.rstrip('.')}. {fault.remedy}"
            for fault in reversed(found)
            if fault.level == "error"
        }
        said = self._said.get(channel, {})
        left = self._forms[channel].show_faults({**placed, **said}, strict=self._strict or bool(said))
        everything = {**placed, **said}
        loose = [everything[place] for place in left if place in everything]
        self._general.say(" ".join(loose), tone="bad")
        self.limits.set_notes([fault for fault in found if _is_worth_noting(channel, fault)])

    def _content(self) -> contents.Content | None:
        channel = self.channels.current()
        if channel not in self._work.on:
            return None
        made = checking.content(channel, self._work.fields(channel))
        return None if isinstance(made, list) else made

    def _preview(self) -> None:
        made = self._content()
        if made is not None:
            self.limits.set_gauges(meters.gauges(made), "as it is written")
        if not self.side.isHidden() and not self._has_preview():
            self._soon.start()
        elif not self.side.isHidden():  # a mail's page is dear to make where nobody looks
            self.preview.set_content(
                self.channels.current(),
                made,
                instead=self._instead(),
                languages=self._work.languages.get(self.channels.current()),
            )

    def _build_preview(self) -> None:
        self.preview.show()
        self._preview()

    def _instead(self) -> contents.Content | None:
        """The SMS that people get whom RCS does not reach."""
        if self.channels.current() != "rcs" or "sms" not in self._work.on:
            return None
        made = checking.content("sms", self._work.fields("sms"))
        return None if isinstance(made, list) else made

    def _on_focus(self, _old: QtWidgets.QWidget | None, now: QtWidgets.QWidget | None) -> None:
        """Show on the device where the field stands that is being written."""
        form = self._forms.get(self.channels.current())
        if self._has_preview() and form is not None and now is not None and form.isAncestorOf(now):
            self.preview.handset.mark(form.where(now))

    def _measure(self, rendered: contents.Content | None) -> None:
        """Measure what this person gets where it could be rendered: that is what counts."""
        if rendered is not None:
            self.limits.set_gauges(meters.gauges(rendered), "as this person gets it")


def _people_of(shown: preview.Preview, audience: audiences.Audience | None) -> None:
    if audience is not None:
        shown.set_audience(audience.id, audience.people)
    else:
        shown.set_audience(None, 0)


def _editor(channel: str) -> editor.Form | email.EmailEditor:
    return email.EmailEditor() if channel == "email" else editor.make(channel)


def _is_worth_noting(channel: str, fault: base.Fault) -> bool:
    """Warnings, but for the one about dear characters, which the meter names as the person's own values make it."""
    return fault.level == "warning" and not (channel == "sms" and "GSM-7" in fault.message)
