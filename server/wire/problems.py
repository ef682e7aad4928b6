"""What is answered when an ask cannot be met: a sentence, its place, its remedy (RFC 9457)."""

import enum

import msgspec


class Code(enum.StrEnum):
    """Every problem a client may meet; clients decide by the code, never by the sentence."""

    INVALID = "invalid"  #: the ask itself is wrong; `fields` says where
    UNAUTHENTICATED = "unauthenticated"  #: no token, or not this server's
    FORBIDDEN = "forbidden"  #: Host, Origin or right missing
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"  #: the thing is in a state that does not allow this
    UNDER_WAY = "under_way"  #: the same act, under the same key, is being carried out; ask again in a moment
    TOO_LARGE = "too_large"
    NOT_READY = "not_ready"  #: the server is starting, draining or held
    STORAGE = "storage"  #: the disk is full or not writable
    UPSTREAM = "upstream"  #: a provider or twin did not answer
    INTERNAL = "internal"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with one field. `place` is a dotted path: `content.sms.body`."""

    place: str
    message: str
    remedy: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer of 400 or more."""

    code: Code
    title: str  #: one sentence for a person
    remedy: str = ""  #: what the person can do about it
    status: int = 400
    fields: list[Fault] = []


STATUS = {
    Code.INVALID: 422,
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.UNDER_WAY: 409,
    Code.TOO_LARGE: 413,
    Code.NOT_READY: 503,
    Code.STORAGE: 507,
    Code.UPSTREAM: 502,
    Code.INTERNAL: 500,
}


class Refused(Exception):
    """Raised by a client for a problem body, and by the server to answer one."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem

    def __str__(self) -> str:
        lines = [self.problem.title, *(f"{fault.place}: {fault.message}" for fault in self.problem.fields)]
        return " ".join([*lines, self.problem.remedy]).strip()


def refuse(code: Code, title: str, remedy: str = "", fields: list[Fault] | None = None) -> Refused:
    """Make the exception that answers this problem."""
    return Refused(Problem(code=code, title=title, remedy=remedy, status=STATUS[code], fields=fields or []))


def read(status: int, body: bytes) -> Problem:
    """Read a problem body; an answer that is not one (a proxy's HTML, say) becomes a plain problem."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Problem(
            code=Code.INTERNAL,
            title=f"The server answered {status} without saying why.",
            remedy="Look at the server's log.",
            status=status,
        )
