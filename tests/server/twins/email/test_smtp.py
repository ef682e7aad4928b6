"""The SMTP twin, exercised by aiosmtplib and by bare sockets."""

import asyncio
import contextlib
import email.message
import functools
import ssl
from collections.abc import AsyncIterator

import aiosmtplib
import pytest

from server.twins import base
from server.twins.email import smtp, smtp_session
from tests.support import yard


class Implicit(smtp.Smtp):
    """The twin, its keys made once for all tests."""

    @classmethod
    @functools.cache
    def invent(cls) -> dict[str, str]:
        return smtp.Smtp.invent()


class StartTls(Implicit):
    """TLS from STARTTLS on."""

    def __init__(self, shared: base.Yard) -> None:
        super().__init__(shared, security="smtp+starttls")


class Clear(Implicit):
    """No TLS."""

    def __init__(self, shared: base.Yard) -> None:
        super().__init__(shared, security="smtp")


def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=yard.ca_pem())


def port(around: yard.Opened) -> int:
    return int(around.endpoints["email/smtp"].rpartition(":")[2])


def letter(to: str = "zoe@example.org") -> email.message.EmailMessage:
    message = email.message.EmailMessage()
    message["From"] = "News <news@sandbox.example>"
    message["To"] = to
    message["Subject"] = "Grüße"
    message["Date"] = "Fri, 20 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = "<t-1-1@sandbox.example>"
    message.set_content("Hallo\n.\n..\nEnde\n")
    message.add_alternative('<p>Hallo</p><img alt="" src="https://a.example/x.png">', subtype="html")
    return message


async def send(around: yard.Opened, kind: type[Implicit], to: str = "zoe@example.org", **login: str) -> None:
    credentials = {**around.yard.credentials["email/smtp"], **login}
    await aiosmtplib.send(
        letter(to),
        sender="bounces@sandbox.example",
        recipients=[to],
        hostname="127.0.0.1",
        port=port(around),
        username=credentials["username"],
        password=credentials["password"],
        use_tls=kind is Implicit,
        start_tls=kind is StartTls,
        tls_context=trust() if kind is not Clear else None,
        timeout=10,
    )


@pytest.mark.parametrize("kind", [Implicit, StartTls, Clear])
async def test_mail_of_another_client_is_taken_and_shown(kind: type[Implicit]) -> None:
    async with yard.opened(kind) as around:
        await send(around, kind)
        arrival = around.inbox.last
        assert (arrival.to, arrival.ref, arrival.title) == ("zoe@example.org", "t-1-1", "Grüße")
        assert arrival.shown["text"] == "Hallo\r\n.\r\n..\r\nEnde\r\n"
        assert arrival.image == "https://a.example/x.png"
        assert arrival.text == "Hallo . .. Ende"
        assert arrival.taken


@pytest.mark.parametrize("kind", [Implicit, StartTls])
async def test_a_wrong_password_is_refused(kind: type[Implicit]) -> None:
    async with yard.opened(kind) as around:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError) as caught:
            await send(around, kind, password="wrong")
        assert caught.value.code == 535
        assert around.inbox.arrivals == []


@pytest.mark.parametrize("mechanism", ["plain", "login"])
async def test_both_log_ins_work(mechanism: str) -> None:
    async with yard.opened(Implicit) as around:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port(around), use_tls=True, tls_context=trust())
        await client.connect()
        credentials = around.yard.credentials["email/smtp"]
        log_in = getattr(client, f"auth_{mechanism}")
        assert (await log_in(credentials["username"], credentials["password"])).code == 235
        await client.quit()


@pytest.mark.parametrize(
    "word, code",
    [("dead", 550), ("blocked", 550), ("refused", 554), ("throttled", 451), ("down", 451), ("seen", 0)],
)
async def test_a_magic_recipient_is_answered_by_its_word(word: str, code: int) -> None:
    async with yard.opened(Implicit) as around:
        to = f"{word}+label@magic.test"
        if code == 0:
            await send(around, Implicit, to)
            return
        with pytest.raises((aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError)) as caught:
            await send(around, Implicit, to)
        assert str(code) in repr(caught.value)
        assert [(arrival.to, arrival.taken) for arrival in around.inbox.arrivals] == [(to, False)]


async def test_a_cut_mail_was_taken_though_nobody_was_told() -> None:
    async with yard.opened(Implicit) as around:
        with pytest.raises(aiosmtplib.SMTPException):
            await send(around, Implicit, "cut@magic.test")
        assert around.inbox.last.taken


class Wire:
    """A bare connection to the twin."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes, replies: int = 1) -> list[str]:
        """Write, and read so many replies; an ended connection reads as an empty one."""
        self.writer.write(data)
        return [await self.reply() for _ in range(replies)]

    async def reply(self) -> str:
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 5)).decode()
            if line[3:4] != "-":
                return line.rstrip()


@contextlib.asynccontextmanager
async def wire(around: yard.Opened, *, log_in: bool = True) -> AsyncIterator[Wire]:
    """A connection in clear, greeted and logged in."""
    made = Wire(*await asyncio.open_connection("127.0.0.1", port(around)))
    assert (await made.reply()).startswith("220")
    if log_in:
        import base64

        credentials = around.yard.credentials["email/smtp"]
        token = base64.b64encode(f"\0{credentials['username']}\0{credentials['password']}".encode())
        assert (await made.say(b"EHLO me\r\nAUTH PLAIN " + token + b"\r\n", 2))[1].startswith("235")
    try:
        yield made
    finally:
        made.writer.close()


ENVELOPE = b"MAIL FROM:<a@sandbox.example>\r\nRCPT TO:<zoe@example.org>\r\nDATA\r\n"
HEAD = b"From: a@sandbox.example\r\nDate: Fri, 20 Nov 2026 09:00:00 +0000\r\n\r\n"


async def test_pipelined_commands_are_answered_in_order() -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        replies = await made.say(ENVELOPE, 3)
        assert [reply[:3] for reply in replies] == ["250", "250", "354"]
        replies = await made.say(HEAD + b"hi\r\n.\r\n" + ENVELOPE + HEAD + b"ho\r\n.\r\nQUIT\r\n", 6)
        assert [reply[:3] for reply in replies] == ["250", "250", "250", "354", "250", "221"]
        assert [arrival.body for arrival in around.inbox.arrivals] == ["hi\r\n", "ho\r\n"]


async def test_a_mail_may_come_byte_by_byte() -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        await made.say(ENVELOPE, 3)
        for byte in HEAD + b"x\r\n..y\r\n.z\r\n.\r":
            made.writer.write(bytes([byte]))
            await made.writer.drain()
        assert (await made.say(b"\n"))[0].startswith("250")
        assert around.inbox.last.body == "x\r\n.y\r\nz\r\n"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n"])
async def test_no_odd_line_end_ends_a_mail_and_smuggles_another(end: bytes) -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        await made.say(ENVELOPE, 3)
        smuggled = HEAD + b"hi" + end + ENVELOPE + HEAD + b"evil\r\n.\r\n"
        assert (await made.say(smuggled))[0] == "554 5.6.0 The message has a bare CR or LF"
        assert [arrival.taken for arrival in around.inbox.arrivals] == [False]


@pytest.mark.parametrize("line", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\0\r\n"])
async def test_a_command_with_odd_bytes_ends_the_connection(line: bytes) -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        assert (await made.say(line))[0].startswith("521")
        assert await made.reply() == ""


@pytest.mark.parametrize(
    "commands, codes",
    [
        (b"MAIL FROM:<a@sandbox.example>\r\n", ["530"]),
        (b"RCPT TO:<zoe@example.org>\r\n", ["503"]),
        (b"DATA\r\n", ["503"]),
        (b"BOGUS\r\n", ["500"]),
        (b"AUTH CRAM-MD5\r\n", ["504"]),
        (b"AUTH PLAIN !!!\r\n", ["501"]),
        (b"AUTH LOGIN\r\n!!!\r\n", ["334", "501"]),
        (b"STARTTLS\r\n", ["503"]),
        (b"VRFY zoe\r\nNOOP\r\nRSET\r\n", ["252", "250", "250"]),
        (b"EHLO\r\n", ["501"]),
        (b"HELO me\r\n", ["250"]),
        (b"NOOP " + b"x" * 600 + b"\r\n", ["500"]),
    ],
)
async def test_commands_out_of_order_are_refused_without_a_log_in(commands: bytes, codes: list[str]) -> None:
    async with yard.opened(Clear) as around, wire(around, log_in=False) as made:
        await made.say(b"EHLO me\r\n")
        assert [reply[:3] for reply in await made.say(commands, len(codes))] == codes


@pytest.mark.parametrize(
    "commands, reply",
    [
        (b"MAIL FROM:<a@other.example>\r\n", "553 5.7.1 You may not send as this address"),
        (
            b"MAIL FROM:<a@sandbox.example> SIZE=99999999\r\n",
            "552 5.3.4 The message is larger than SIZE allows",
        ),
        (b"MAIL FROM:<a@sandbox.example> SMTPUTF8\r\n", "555 5.5.4 Unknown parameter SMTPUTF8"),
        (b"MAIL FROM:<a@sandbox.example> SIZE=100 BODY=8BITMIME\r\n", "250 2.1.0 Sender accepted"),
        (b"MAIL FROM: <a@sandbox.example>\r\n", "250 2.1.0 Sender accepted"),
        (b"MAIL FROM:a@sandbox.example\r\n", "501 5.5.4 MAIL FROM:<address> is expected"),
        (b"MAIL TO:<a@sandbox.example>\r\n", "501 5.5.4 MAIL FROM:<address> is expected"),
    ],
)
async def test_the_sender_is_judged(commands: bytes, reply: str) -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        assert await made.say(commands) == [reply]


@pytest.mark.parametrize(
    "head, clause",
    [
        (b"Date: x\r\n", "0 headers From in place of one"),
        (b"From: a\r\nFrom: b\r\nDate: x\r\n", "2 headers From in place of one"),
        (b"From: a\r\n", "0 headers Date in place of one"),
        (b"From: a\r\nDate: x\r\nX: " + b"y" * 999 + b"\r\n", "a line of more than 998 octets"),
    ],
)
async def test_a_mail_of_the_wrong_form_is_refused(head: bytes, clause: str) -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        await made.say(ENVELOPE, 3)
        assert await made.say(head + b"\r\nhi\r\n.\r\n") == [f"554 5.6.0 The message has {clause}"]


async def test_an_empty_mail_is_refused_and_leaves_the_connection_usable() -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        await made.say(ENVELOPE, 3)
        assert (await made.say(b".\r\n"))[0].startswith("554")
        assert [reply[:3] for reply in await made.say(ENVELOPE, 3)] == ["250", "250", "354"]


async def test_a_connection_takes_only_so_many_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_session, "MOST_MESSAGES", 2)
    async with yard.opened(Clear) as around, wire(around) as made:
        for _ in range(2):
            await made.say(ENVELOPE, 3)
            await made.say(HEAD + b"hi\r\n.\r\n")
        assert (await made.say(b"MAIL FROM:<a@sandbox.example>\r\n"))[0].startswith("421 4.7.0")
        assert await made.reply() == ""


async def test_guessing_passwords_ends_the_connection() -> None:
    async with yard.opened(Clear) as around, wire(around, log_in=False) as made:
        await made.say(b"EHLO me\r\n")
        replies = await made.say(b"AUTH PLAIN AGEAYg==\r\n" * 4, 4)
        assert [reply[:3] for reply in replies] == ["535", "535", "535", "421"]


async def test_before_tls_there_is_no_log_in_and_no_mail() -> None:
    async with yard.opened(StartTls) as around, wire(around, log_in=False) as made:
        made.writer.write(b"EHLO me\r\n")
        lines = [(await made.reader.readline()).decode().rstrip() for _ in range(6)]
        assert lines[-1] == "250 STARTTLS"
        assert not [line for line in lines if "AUTH" in line]
        replies = await made.say(b"AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@sandbox.example>\r\n", 2)
        assert [reply[:3] for reply in replies] == ["538", "530"]


async def test_commands_smuggled_behind_starttls_end_the_connection() -> None:
    async with yard.opened(StartTls) as around, wire(around, log_in=False) as made:
        replies = await made.say(b"EHLO me\r\nSTARTTLS\r\nMAIL FROM:<a@sandbox.example>\r\n", 2)
        assert replies[1].startswith("554 5.5.1")
        assert await made.reply() == ""


async def test_stopping_answers_what_is_in_flight_first() -> None:
    async with yard.opened(Clear) as around, wire(around) as made, wire(around) as idle:
        await made.say(ENVELOPE, 3)
        stopping = asyncio.create_task(around.twins["email/smtp"].stop())
        assert (await idle.reply()).startswith("421 4.3.2")
        assert not stopping.done()
        replies = await made.say(HEAD + b"hi\r\n.\r\n", 2)
        assert [reply[:3] for reply in replies] == ["250", "421"]
        await stopping
        assert around.inbox.last.taken


async def test_one_mail_for_several_people_is_an_arrival_for_each() -> None:
    async with yard.opened(Clear) as around, wire(around) as made:
        people = b"".join(b"RCPT TO:<p%d@example.org>\r\n" % n for n in range(3))
        await made.say(b"MAIL FROM:<a@sandbox.example>\r\n" + people + b"DATA\r\n", 5)
        await made.say(HEAD + b"hi\r\n.\r\n")
        assert [arrival.to for arrival in around.inbox.arrivals] == [f"p{n}@example.org" for n in range(3)]
