"""What the server's processes use, read from the system by role; nothing where the system does not say."""

import os
import platform
import sqlite3
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from server.demo import figures

PROC = Path("/proc")
#: What stands in the argument list of each role's process; whatever else belongs to the tree is the supervisor.
ROLES = {"api": "api", "sender": "sender", "server.twins": "twins", "twins": "twins"}
SUPERVISOR = "supervisor"
#: Libraries whose version changes the numbers.
LIBRARIES = (
    "pyreqwest",
    "uvloop",
    "httptools",
    "uvicorn",
    "litestar",
    "msgspec",
    "python-liquid",
    "cryptography",
)


@dataclass(slots=True)
class Seen:
    """One process as it was last seen."""

    role: str
    cpu_s: float
    resident_mb: float
    peak_mb: float


@dataclass(slots=True)
class Gauge:
    """Follows the tree of one process; a child that ends keeps counting with what it had used."""

    root: int  #: process id of the supervisor
    seen: dict[int, Seen] = field(default_factory=dict)
    base: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Read all processes of the tree as they are now."""
        for pid in _tree(self.root):
            found = _read(pid)
            if found is not None:
                self.seen[pid] = found

    def reset(self) -> None:
        """Count CPU time from now on."""
        self.look()
        self.base = {pid: process.cpu_s for pid, process in self.seen.items()}

    def used(self, messages: int) -> dict[str, figures.Process]:
        """What each role used since `reset`, by thousand messages."""
        self.look()
        found: dict[str, figures.Process] = {}
        for role in ("api", "sender", "twins", SUPERVISOR):
            mine = {pid: process for pid, process in self.seen.items() if process.role == role}
            if not mine:
                continue
            cpu_s = sum(process.cpu_s - self.base.get(pid, 0.0) for pid, process in mine.items())
            found[role] = figures.Process(
                processes=len(mine),
                cpu_s=round(cpu_s, 2),
                cpu_ms_per_1000=round(1_000_000 * cpu_s / max(messages, 1), 1),
                peak_mb=round(max(process.peak_mb for process in mine.values()), 1),
                settled_mb=round(max(process.resident_mb for process in mine.values()), 1),
            )
        return found


def machine() -> figures.Machine:
    """What this runs on."""
    return figures.Machine(
        system=_system(),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_mb=_memory_mb(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        libraries={"SQLite": sqlite3.sqlite_version}
        | {name: found for name in LIBRARIES if (found := _version(name))},
    )


def _tree(root: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        fields = _stat(folder)
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [root] if (PROC / str(root)).exists() else []
    for pid in found:  # grows while it is walked
        found.extend(children.get(pid, ()))
    return found


def _stat(folder: Path) -> list[str]:
    """The fields of /proc/PID/stat after the command's name, which may hold anything; empty once it has ended."""
    try:
        return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _read(pid: int) -> Seen | None:
    folder = PROC / str(pid)
    fields = _stat(folder)
    try:
        words = (folder / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        status = (folder / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    if not fields:
        return None
    role = next((ROLES[word] for word in words if word in ROLES), SUPERVISOR)
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    sizes = {
        name: int(rest.split()[0]) / 1024
        for name, _, rest in (line.partition(":") for line in status.splitlines())
        if name in ("VmRSS", "VmHWM")
    }
    return Seen(role=role, cpu_s=cpu_s, resident_mb=sizes.get("VmRSS", 0.0), peak_mb=sizes.get("VmHWM", 0.0))


def _system() -> str:
    name = f"{platform.system()} {platform.release().partition('-')[0]}"
    if platform.system() == "Linux":
        try:
            return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {name}"
        except (OSError, KeyError):
            return name
    return name


def _processor() -> str:
    try:
        lines = (PROC / "cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _memory_mb() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20)
    except (AttributeError, ValueError, OSError):
        return 0


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
