"""Kept pictures: where they lie, how two are compared, and how one is written so that it is small."""

import pathlib
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6 import QtGui

from console import chrome, shots, views
from console.widgets import theme
from tests.console.golden import take

FOLDER = pathlib.Path(__file__).with_name("images")
RENEW = ".venv/bin/python -m tests.console.golden"

#: States that show little which another picture does not: they are not kept, so that the folder stays small.
LEFT_OUT = {
    "campaigns_cancelled",
    "campaigns_content_more",
    "campaigns_content_sms",
    "campaigns_content_webpush",
    "campaigns_paused",
    "exceptions_dead_again",
    "twins_arrival_push_webpush",
    "twins_arrival_sms_twilio",
}

#: What a page fills. A view's states are kept without what surrounds every page: the view's own picture has it.
LEFT, TOP = chrome.FRAME_W + theme.SIDEBAR_W, chrome.FRAME_W + theme.TOP_H
RIGHT, BOTTOM = shots.SIZE[0] - chrome.FRAME_W, shots.SIZE[1] - chrome.FRAME_W - theme.STATUS_H

Pixels = npt.NDArray[np.uint8]  #: height × width × red, green, blue


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where two pictures differ."""

    pixels: int
    box: tuple[
        int, int, int, int
    ]  #: left, top, right, bottom; the last two are the first that are equal again
    picture: Pixels  #: what differs in red on a faint copy of the kept one

    def __str__(self) -> str:
        left, top, right, bottom = self.box
        return f"{self.pixels:,} pixels differ, within x {left} to {right} and y {top} to {bottom}"


def read(path: pathlib.Path) -> Pixels:
    """A picture's pixels. Raises ValueError where the file is none."""
    image = QtGui.QImage(str(path)).convertToFormat(QtGui.QImage.Format.Format_RGB888)
    if image.isNull():
        raise ValueError(f"{path} is no picture")
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def worth_keeping(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """The pictures in a folder by their names, without those that are left out."""
    found = {path.stem: path for path in sorted(folder.glob("*.png"))}
    return {name: path for name, path in found.items() if name.rpartition("_")[0] not in LEFT_OUT}


def taken(path: pathlib.Path) -> Pixels:
    """What is kept of a picture that was taken: all of a view's own and of a pass, the page of other states."""
    pixels = read(path)
    of_pass = path.stem.endswith(take.PASSES)
    if of_pass or path.stem.rpartition("_")[0] in {spec.key for spec in views.specs()}:
        return pixels
    return pixels[TOP:BOTTOM, LEFT:RIGHT]


def compare(kept: Pixels, fresh: Pixels) -> Difference | None:
    """None where every pixel is the same."""
    if kept.shape != fresh.shape:
        height, width = fresh.shape[:2]
        return Difference(pixels=height * width, box=(0, 0, width, height), picture=fresh)
    differs = (kept != fresh).any(axis=2)
    if not differs.any():
        return None
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    shown = kept // 4 + 190 // 2
    shown[differs] = (220, 0, 60)
    return Difference(
        pixels=int(differs.sum()),
        box=(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        picture=shown,
    )


def write(path: pathlib.Path, pixels: Pixels) -> None:
    """Write a PNG as small as deflate makes it: each row is kept as it is, or as its difference to the one above."""
    height, width = pixels.shape[:2]
    plain = pixels.reshape(height, width * 3)
    above = np.vstack([np.zeros((1, width * 3), np.uint8), plain[:-1]])
    bodies = [zlib.compress(_rows(kind, rows), 9) for kind, rows in ((0, plain), (2, plain - above))]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", min(bodies, key=len)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks))


def _rows(kind: int, rows: Pixels) -> bytes:
    """Each row behind the number of the way it was filtered."""
    return np.hstack([np.full((len(rows), 1), kind, np.uint8), rows]).tobytes()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
