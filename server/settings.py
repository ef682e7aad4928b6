"""The server's settings: one typed value, read once, checked whole, handed down."""

import dataclasses
import difflib
import ipaddress
import os
import sys
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec

VERSION = "0.1.0"  #: of Heliograph; equal to pyproject.toml's

FILE = "heliograph.toml"
PREFIX = "HELIOGRAPH_"


class Wrong(Exception):
    """Settings that cannot work: each fault is a sentence that names the setting, its source and the remedy."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


def setting(default: Any, *, help: str, low: float | None = None, high: float | None = None) -> Any:
    """Declare one setting with its default, what it does, and the bounds of a number (inclusive)."""
    return dataclasses.field(default=default, metadata={"help": help, "low": low, "high": high})


def folder() -> Path:
    """Where data lie unless told otherwise: the platform's own place for them."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "heliograph"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "heliograph"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "heliograph"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server runs. Read from defaults, then heliograph.toml, then the environment, then arguments."""

    data: Path  #: folder that holds the database, keys and logs; where the file of settings lies too
    host: str = setting("127.0.0.1", help="address to listen on; beyond this machine only with TLS")
    port: int = setting(
        0, help="port to listen on; 0 takes the last one used, else a free one", low=0, high=65_535
    )
    senders: int = setting(1, help="sender processes", low=0, high=64)
    reserved_percent: int = setting(
        20,
        help="share of each account's window and limits that bulk leaves to tests and transactional messages",
        low=0,
        high=90,
    )
    drain_s: float = setting(
        20.0, help="how long what is in flight may take to finish when the server stops", low=0, high=3600
    )
    lookup_wait_s: float = setting(
        60.0,
        help="how long a message is in doubt before its provider is asked for it",
        low=0.05,
        high=86_400,
    )
    lease_s: float = setting(
        30.0,
        help="how long a sender that stopped answering keeps its messages from the other senders",
        low=1,
        high=3600,
    )
    provider_timeout_s: float = setting(
        30.0,
        help="how long one call at a provider may take over all; what it left undone is in doubt",
        low=0.5,
        high=600,
    )
    public_url: str = setting("", help="address at which providers can reach the receipts door from outside")
    names: tuple[str, ...] = setting(
        (), help="further host names under which clients may call, with the port if any"
    )
    tls_certificate: str = setting("", help="certificate file (PEM) to serve HTTPS with")
    tls_key: str = setting("", help="private key file (PEM) of that certificate")
    hold: bool = setting(False, help="start held: nothing is sent before a person releases it")
    twins: bool = setting(True, help="run the sandbox's provider twins")
    twins_seed: int = setting(
        7, help="decides what becomes of each recipient at the twins", low=0, high=2**31
    )
    keyring: bool = setting(
        True, help="keep the master key in the system's keyring where there is one; else in a file"
    )
    upload_mb: int = setting(4096, help="largest file that can be imported, in MB", low=1, high=1_000_000)
    receipts_waiting: int = setting(
        5000, help="receipts calls that may wait to be stored before the door says 503", low=1, high=1_000_000
    )
    log_level: str = setting("info", help="how much is logged: debug, info, warning or error")

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / "heliograph.db"

    @property
    def token_file(self) -> Path:
        """The file with the bearer token."""
        return self.data / "token"

    @property
    def secure(self) -> bool:
        """Whether the server speaks TLS itself."""
        return bool(self.tls_certificate)


_FIELDS = {field.name: field for field in dataclasses.fields(Settings) if field.name != "data"}
_TYPES = get_type_hints(Settings)


def place(environment: Mapping[str, str] = os.environ) -> Path:
    """The data folder that the environment names, else the platform's."""
    return Path(environment.get(PREFIX + "DATA", "") or folder())


def described() -> list[tuple[str, str, object]]:
    """Every setting as (name, help, default), for the command line and the handbook."""
    return [(name, field.metadata["help"], field.default) for name, field in _FIELDS.items()]


def read(
    arguments: Mapping[str, object] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Gather and check the settings; `arguments` that are None count as not given. Raises Wrong with all faults."""
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in (arguments or {}).items() if value is not None}
    data = Path(str(given.pop("data", "") or place(environment))).expanduser()
    faults: list[str] = []
    values: dict[str, object] = {"data": data.absolute()}
    sources: tuple[tuple[str, Mapping[str, object]], ...] = (
        (str(data / FILE), _from_file(data / FILE, faults)),
        ("The environment", _from_environment(environment)),
        ("The command line", given),
    )
    for source, named in sources:
        for name, value in named.items():
            _take(values, name, value, source, faults)
    if faults:
        raise Wrong(faults)
    settings = Settings(**values)  # type: ignore[arg-type]
    if faults := _together(settings):
        raise Wrong(faults)
    return settings


def dump(settings: Settings) -> bytes:
    """As JSON, for a process of ours."""
    return msgspec.json.encode(settings, enc_hook=str)


def load(text: bytes) -> Settings:
    """Read what `dump` wrote."""
    return msgspec.json.decode(text, type=Settings, dec_hook=lambda kind, value: kind(value))


def _from_file(path: Path, faults: list[str]) -> dict[str, object]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # whoever needs the folder says so
        return {}
    except PermissionError:
        faults.append(f"{path} may not be read by this user. Choose a data folder of your own with --data.")
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"{path} cannot be read: {error}. Mend the file, or move it away to use the defaults.")
        return {}
    if "data" in found:
        faults.append(
            f"{path} sets `data`, which says where this very file lies. Use --data, and take the line out."
        )
        del found["data"]
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    named = ((name, environment.get(PREFIX + name.upper())) for name in _FIELDS)
    return {name: value for name, value in named if value is not None}


def _take(values: dict[str, object], name: str, value: object, source: str, faults: list[str]) -> None:
    field = _FIELDS.get(name)
    if field is None:
        near = difflib.get_close_matches(name, _FIELDS, 1)
        hint = f"Did you mean `{near[0]}`?" if near else "Take it out."
        faults.append(f"{source} sets `{name}`, which is not a setting. {hint}")
        return
    kind = _TYPES[name]
    if isinstance(value, str) and isinstance(kind, types.GenericAlias):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        converted = msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        faults.append(f"{source} sets `{name}` to {value!r}, which is not {_KINDS[kind]}.")
        return
    low, high = field.metadata["low"], field.metadata["high"]
    if (low is not None and converted < low) or (high is not None and converted > high):
        faults.append(f"{source} sets `{name}` to {value}. It must be from {low} to {high}.")
        return
    values[name] = converted


_KINDS: dict[object, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple[str, ...]: "a list of texts",
}


def _together(settings: Settings) -> list[str]:
    """What is wrong although each setting is well formed."""
    faults = []
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        faults.append("TLS needs both `tls_certificate` and `tls_key`. Set the one that is missing.")
    for name in ("tls_certificate", "tls_key"):
        path = getattr(settings, name)
        if path and not Path(path).is_file():
            faults.append(f"`{name}` names {path}, where there is no file. Give the path of a PEM file.")
    if not is_loopback(settings.host) and not settings.secure:
        faults.append(
            f"Listening on {settings.host} would show this server to the network in the clear. "
            "Set `tls_certificate` and `tls_key`, or listen on 127.0.0.1."
        )
    if settings.public_url and not _is_base(settings.public_url):
        faults.append(
            f"`public_url` is {settings.public_url!r}, which is not an address like https://receipts.example.com."
        )
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        faults.append(f"`log_level` is {settings.log_level!r}. It can be debug, info, warning or error.")
    return faults


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on that host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and not parts.query
            and not parts.fragment
        )
    except ValueError:
        return False
