"""Secrets at rest: sealed with AES-256-GCM under a master key that lies in the system's keyring, else in a file."""

import base64
import hmac
import os
import secrets
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
from cryptography import exceptions
from cryptography.hazmat.primitives.ciphers import aead

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"
SERVICE = "heliograph"
PATIENCE_S = 3.0  #: how long the keyring may take: a locked one asks a person who may not be there

#: Backends that do not protect what they are given.
_WEAK = ("keyring.backends.null", "keyring.backends.fail", "keyrings.alt", "keyring.backends.chainer")

Place = Literal["keyring", "file"]

_PROBE = b"heliograph vault"
_PROBE_PLACE = b"probe"


class Closed(Exception):
    """The vault cannot be opened; the sentence names the remedy."""


class Tampered(Exception):
    """A sealed secret that was changed, moved to another place, or sealed under another key."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens secrets. `place` says in words where the master key lies."""

    key: bytes = field(repr=False)
    place: str

    def seal(self, secret: str, *, workspace: int, account: int, name: str) -> bytes:
        """Seal a secret so that it opens only at this place: a row put elsewhere does not."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = aead.AESGCM(self.key).encrypt(nonce, secret.encode(), _place(workspace, account, name))
        return VERSION + nonce + sealed

    def open(self, sealed: bytes, *, workspace: int, account: int, name: str) -> str:
        """Open what `seal` made. Raises Tampered."""
        return _decrypt(self.key, sealed, _place(workspace, account, name)).decode()


class _Card(msgspec.Struct, frozen=True, kw_only=True):
    """Where the master key lies, and something sealed with it to know it by."""

    id: str
    place: Place
    probe: bytes


def _place(workspace: int, account: int, name: str) -> bytes:
    return f"{workspace}/{account}/{name}".encode()


def _decrypt(key: bytes, sealed: bytes, place: bytes) -> bytes:
    if sealed[:1] != VERSION or len(sealed) < 1 + NONCE_BYTES:
        raise Tampered("A stored secret is not in a form this version knows. Type it again at its account.")
    try:
        return aead.AESGCM(key).decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], place)
    except exceptions.InvalidTag as error:
        raise Tampered("A stored secret was changed or moved. Type it again at its account.") from error


def unlock(data: Path, *, keyring: bool = True) -> Vault:
    """Open the data folder's vault, making its master key at the first call. Raises Closed, OSError.

    Where the key lies is written down at the first start, so that a keyring that is locked today never leads to a
    second key that opens nothing.
    """
    card = data / "vault.json"
    try:
        known = msgspec.json.decode(card.read_bytes(), type=_Card)
    except FileNotFoundError:
        return _found(data, card, keyring=keyring)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Closed(f"{card} is damaged. Put it back from a backup of the data folder.") from error
    key = _from_keyring(known.id) if known.place == "keyring" else _from_file(data)
    try:
        probe = _decrypt(key, known.probe, _PROBE_PLACE)
    except Tampered:
        probe = b""
    if not hmac.compare_digest(probe, _PROBE):
        raise Closed(
            f"The master key {_words(known.place, data)} is not the one these secrets were sealed with. "
            "Put the right key back from a backup."
        )
    return Vault(key, _words(known.place, data))


def _words(place: str, data: Path) -> str:
    return "in the system's keyring" if place == "keyring" else f"in the file {data / 'master.key'}"


def _found(data: Path, card: Path, *, keyring: bool) -> Vault:
    """Make a key, put it away, and write down where."""
    identity = secrets.token_hex(8)
    key = os.urandom(KEY_BYTES)
    place: Place = "keyring" if keyring and _into_keyring(identity, key) else "file"
    if place == "file":
        key = _into_file(data, key)
    nonce = os.urandom(NONCE_BYTES)
    probe = VERSION + nonce + aead.AESGCM(key).encrypt(nonce, _PROBE, _PROBE_PLACE)
    _write(card, msgspec.json.encode(_Card(id=identity, place=place, probe=probe)))
    return Vault(key, _words(place, data))


def _into_file(data: Path, key: bytes) -> bytes:
    path = data / "master.key"
    if path.exists():  # a first start that was cut off between key and card
        return _from_file(data)
    _write(path, base64.b64encode(key) + b"\n")
    return key


def _from_file(data: Path) -> bytes:
    path = data / "master.key"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise Closed(
            f"The master key {path} is gone. Put it back from a backup of the data folder."
        ) from error
    if os.name == "posix" and mode & 0o077:
        raise Closed(f"Others on this machine can read the master key. Type: chmod 600 {path}")
    try:
        key = base64.b64decode(text, validate=False)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Closed(f"The master key {path} is damaged. Put it back from a backup of the data folder.")
    return key


def _write(path: Path, content: bytes) -> None:
    """Write a file of 0600 whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o600) if hasattr(os, "fchmod") else None
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _from_keyring(identity: str) -> bytes:
    def get(backend: Any) -> str | None:
        found: str | None = backend.get_password(SERVICE, identity)
        return found

    text = _ask(get)
    if not text:
        raise Closed(
            "The master key lies in the system's keyring, which is locked, empty or gone. "
            "Unlock the keyring as the person who started Heliograph first, and start again."
        )
    return base64.b64decode(text)


def _into_keyring(identity: str, key: bytes) -> bool:
    """Whether the keyring took the key and gives it back."""
    text = base64.b64encode(key).decode()

    def put(backend: Any) -> str | None:
        backend.set_password(SERVICE, identity, text)
        found: str | None = backend.get_password(SERVICE, identity)
        return found

    return _ask(put) == text


def _ask(question: Any) -> str | None:
    """Ask the keyring in a thread of its own; None where there is no real one, or it does not answer in time."""
    answer: list[str | None] = []

    def ask() -> None:
        try:
            import keyring

            backend = keyring.get_keyring()
            if _is_real(backend):
                answer.append(question(backend))
        except Exception:  # noqa: BLE001 - backends raise whatever their system raises; each means "no keyring"
            return

    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return answer[0] if answer else None


def _is_real(backend: Any) -> bool:
    """Whether a backend protects what it keeps. A chain is as good as the one it would ask first."""
    module = type(backend).__module__
    if module.startswith("keyring.backends.chainer"):
        parts = list(backend.backends)
        return bool(parts) and _is_real(parts[0])
    return not module.startswith(_WEAK) and "plaintext" not in type(backend).__name__.lower()
