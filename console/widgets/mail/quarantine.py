"""Untrusted HTML in Chromium, locked down: no script, no network, no files, no navigation, nothing kept.

Import this module only when a mail is about to be shown: it loads Chromium.
"""

import shiboken6
from PySide6 import QtCore, QtGui, QtWebEngineCore, QtWebEngineWidgets, QtWidgets

#: Chromium is handed a page as a data address, which it refuses beyond two megabytes once it is percent-encoded.
LONGEST = 2_000_000
LONGEST_ADDRESS = 300

_Attribute = QtWebEngineCore.QWebEngineSettings.WebAttribute
_OFF = (
    _Attribute.JavascriptEnabled,
    _Attribute.JavascriptCanOpenWindows,
    _Attribute.JavascriptCanAccessClipboard,
    _Attribute.LocalContentCanAccessRemoteUrls,
    _Attribute.LocalContentCanAccessFileUrls,
    _Attribute.LocalStorageEnabled,
    _Attribute.PluginsEnabled,
    _Attribute.PdfViewerEnabled,
    _Attribute.WebGLEnabled,
    _Attribute.HyperlinkAuditingEnabled,
    _Attribute.DnsPrefetchEnabled,
    _Attribute.ErrorPageEnabled,
    _Attribute.AutoLoadIconsForPage,
    _Attribute.NavigateOnDropEnabled,
    _Attribute.FullScreenSupportEnabled,
)
_PICTURE = QtWebEngineCore.QWebEngineUrlRequestInfo.ResourceType.ResourceTypeImage


class _Guard(QtWebEngineCore.QWebEngineUrlRequestInterceptor):
    """Lets through what lies in the mail itself; and remote pictures once a person has asked for them."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self.pictures = False
        self.blocked: list[str] = []

    def interceptRequest(self, info: QtWebEngineCore.QWebEngineUrlRequestInfo) -> None:  # Qt's own name
        address = info.requestUrl()
        if address.scheme() == "data":
            return
        is_picture = info.resourceType() == _PICTURE and address.scheme() in ("http", "https")
        if is_picture and self.pictures:
            return
        info.block(True)
        if is_picture:
            self.blocked.append(address.toString()[:LONGEST_ADDRESS])


class _Page(QtWebEngineCore.QWebEnginePage):
    """Stays where it is: whatever leads elsewhere is told of and not followed."""

    link_clicked = QtCore.Signal(str)

    def acceptNavigationRequest(  # Qt's own name
        self,
        url: QtCore.QUrl | str,
        type: QtWebEngineCore.QWebEnginePage.NavigationType,  # noqa: A002  # Qt's own name
        isMainFrame: bool,  # noqa: N803  # Qt's own name
    ) -> bool:
        address = QtCore.QUrl(url)
        if type is QtWebEngineCore.QWebEnginePage.NavigationType.NavigationTypeLinkClicked:
            self.link_clicked.emit(address.toString()[:LONGEST_ADDRESS])
            return False
        return isMainFrame and address.scheme() == "data"

    def createWindow(  # type: ignore[override]  # Qt's own name; no page means no window
        self,
        type: QtWebEngineCore.QWebEnginePage.WebWindowType,  # noqa: A002  # Qt's own name
    ) -> None:
        return None


class Quarantine(QtWebEngineWidgets.QWebEngineView):
    """Shows HTML. `blocked` tells how many remote pictures the mail asks for and did not get."""

    blocked = QtCore.Signal(int)
    pointed = QtCore.Signal(str)  #: the address under the mouse; empty when there is none
    link_clicked = QtCore.Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._dark = False
        self._html = ""
        self._open()
        self.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.setAccessibleName("The mail, as a mail program shows it")
        app = QtWidgets.QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.shut)

    def show_html(self, html: str) -> bool:
        """Show a mail; its remote pictures stay away until asked for. Returns False where it is too long."""
        if self._guard.pictures:  # Chromium would show from its memory what it has fetched
            zoom = self.zoomFactor()
            self.shut()
            self._open()
            self.setZoomFactor(zoom)
        return self._load(html)

    @property
    def loads_pictures(self) -> bool:
        """Whether this mail's remote pictures were asked for."""
        return self._guard.pictures

    def load_pictures(self) -> None:
        """Fetch the remote pictures of this one mail: whoever serves them learns that it was looked at."""
        self._guard.pictures = True
        self._load(self._html)

    def set_dark(self, *, dark: bool) -> None:
        """Let Chromium invert the colours, about as mail programs do."""
        self._dark = dark
        self._wear()
        if self._html:
            self._load(self._html)

    def shut(self) -> None:
        """Let go of Chromium: the page goes before its profile, or Qt warns of trouble."""
        _let_go(self._page, self._profile)

    def _open(self) -> None:
        """A profile and a page that have seen nothing yet."""
        # Without a name a profile keeps nothing on disk.
        profile = self._profile = QtWebEngineCore.QWebEngineProfile()
        profile.setPersistentCookiesPolicy(
            QtWebEngineCore.QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies
        )
        profile.setHttpCacheType(QtWebEngineCore.QWebEngineProfile.HttpCacheType.NoCache)
        profile.downloadRequested.connect(lambda download: download.cancel())
        page = self._page = _Page(profile)
        self.destroyed.connect(lambda: _let_go(page, profile))  # with its window, before the program ends
        self._guard = guard = _Guard(self._page)
        self._page.setUrlRequestInterceptor(guard)
        for attribute in _OFF:
            self._page.settings().setAttribute(attribute, False)
        self._page.linkHovered.connect(self.pointed)
        self._page.link_clicked.connect(self.link_clicked)
        self._page.loadFinished.connect(lambda _good: self.blocked.emit(len(set(guard.blocked))))
        self.setPage(self._page)
        self._wear()

    def _wear(self) -> None:
        self._page.settings().setAttribute(_Attribute.ForceDarkMode, self._dark)
        self._page.setBackgroundColor(QtGui.QColor("#121212" if self._dark else "#FFFFFF"))

    def _load(self, html: str) -> bool:
        self._html = html
        self._guard.blocked.clear()
        if QtCore.QUrl.toPercentEncoding(html).size() > LONGEST:
            self._page.setHtml("")
            return False
        self._page.setHtml(html)
        return True


def _let_go(page: QtWebEngineCore.QWebEnginePage, profile: QtWebEngineCore.QWebEngineProfile) -> None:
    """The page goes before its profile."""
    for part in (page, profile):
        if shiboken6.isValid(part):
            shiboken6.delete(part)
