"""The pages of a draft's steps, each built when it is first wanted: who writes does not wait for the launch."""

import functools
from typing import TypeVar

from PySide6 import QtCore, QtWidgets

from console import views
from console.views.campaigns.draft import audience, content, launch, review

AUDIENCE, CONTENT, REVIEW, LAUNCH = range(4)
STEPS = ("Audience", "Content", "Review", "Launch")

StepT = TypeVar("StepT", bound=QtWidgets.QWidget)


class Stepped(QtWidgets.QWidget):
    """A page of steps; `built` carries each step's page once there is one, before it is shown."""

    built = QtCore.Signal(object)

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._stack = QtWidgets.QStackedWidget()

    @functools.cached_property
    def audience(self) -> audience.AudienceStep:
        """To whom."""
        return self._added(audience.AudienceStep(self._desk))

    @functools.cached_property
    def content(self) -> content.ContentStep:
        """What is said."""
        return self._added(content.ContentStep(self._desk))

    @functools.cached_property
    def review(self) -> review.ReviewStep:
        """What a launch would do."""
        return self._added(review.ReviewStep(self._desk))

    @functools.cached_property
    def launch(self) -> launch.LaunchStep:
        """When it starts, and the button."""
        return self._added(launch.LaunchStep(self._desk))

    def is_built(self, step: int) -> bool:
        """Whether a step's page has been wanted yet."""
        return STEPS[step].lower() in vars(self)

    def bring(self, step: int) -> None:
        """Put a step's page on screen."""
        self._stack.setCurrentWidget(getattr(self, STEPS[step].lower()))

    def rest(self) -> None:
        """Nobody looks at any of them any more."""
        for page in (self._stack.widget(at) for at in range(self._stack.count())):
            if isinstance(page, content.ContentStep | review.ReviewStep | launch.LaunchStep):
                page.stop()

    def _added(self, page: StepT) -> StepT:
        self._stack.addWidget(page)
        self.built.emit(page)
        return page
