"""What a refusal means, by the codes and the command it answers."""

import pytest

from server.providers import errors
from server.providers.email import esmtp, replies, smtp_wire

Stage = esmtp.Stage


@pytest.mark.parametrize(
    "stage, code, enhanced, kind, known",
    [
        (Stage.RCPT, 550, "5.1.1", errors.PermanentRecipient, "5.1.1"),
        (Stage.RCPT, 550, "", errors.PermanentRecipient, "550"),
        (Stage.DOT, 550, "", errors.PermanentContent, "550"),
        (Stage.MAIL, 550, "", errors.AuthConfig, "550"),
        (Stage.MAIL, 553, "5.1.8", errors.AuthConfig, "5.1.8"),
        (Stage.MAIL, 553, "5.7.1", errors.AuthConfig, "5.7.1"),
        (Stage.MAIL, 552, "5.3.4", errors.PermanentContent, "5.3.4"),
        (Stage.MAIL, 452, "4.3.1", errors.ProviderDown, "4.3.1"),
        (Stage.RCPT, 552, "5.2.2", errors.Transient, "5.2.2"),
        (Stage.RCPT, 550, "5.2.2", errors.Transient, "5.2.2"),
        (Stage.RCPT, 452, "4.2.2", errors.Transient, "4.2.2"),
        (Stage.RCPT, 450, "", errors.Transient, "450"),
        (Stage.RCPT, 451, "4.7.1", errors.Throttled, "4.7.1"),
        (Stage.RCPT, 452, "4.5.3", errors.Throttled, "4.5.3"),
        (Stage.RCPT, 553, "", errors.PermanentRecipient, "553"),
        (Stage.RCPT, 551, "", errors.PermanentRecipient, "551"),
        (Stage.RCPT, 530, "5.7.0", errors.AuthConfig, "5.7.0"),
        (Stage.RCPT, 454, "", errors.Throttled, "454"),
        (Stage.DOT, 554, "5.7.1", errors.PermanentContent, "5.7.1"),
        (Stage.DOT, 550, "5.7.26", errors.AuthConfig, "5.7.26"),
        (Stage.DOT, 550, "5.7.515", errors.AuthConfig, "5.7.515"),
        (Stage.DOT, 554, "", errors.PermanentContent, "554"),
        (Stage.DOT, 552, "", errors.PermanentContent, "552"),
        (Stage.DOT, 421, "", errors.Throttled, "421"),
        (Stage.DOT, 421, "4.3.2", errors.ProviderDown, "4.3.2"),
        # Where the two codes disagree the basic one decides the class.
        (Stage.RCPT, 450, "5.1.1", errors.Transient, "4.1.1"),
        (Stage.RCPT, 550, "4.1.1", errors.PermanentRecipient, "5.1.1"),
        # Codes nobody knows: their family, else the basic code, else its class.
        (Stage.RCPT, 550, "5.1.99", errors.PermanentRecipient, "5.1.0"),
        (Stage.RCPT, 550, "5.0.0", errors.PermanentRecipient, "550"),
        (Stage.RCPT, 599, "5.9.9", errors.PermanentContent, "599"),
        (Stage.RCPT, 499, "", errors.Transient, "499"),
        (Stage.DOT, 502, "", errors.AuthConfig, "502"),
        (Stage.AUTH, 535, "5.7.8", errors.AuthConfig, "5.7.8"),
        (Stage.AUTH, 535, "", errors.AuthConfig, "535"),
        (Stage.AUTH, 454, "4.7.0", errors.Throttled, "4.7.0"),
        (Stage.AUTH, 550, "5.1.1", errors.AuthConfig, "5.1.1"),
        (Stage.GREETING, 554, "", errors.AuthConfig, "554"),
        (Stage.GREETING, 421, "", errors.Throttled, "421"),
        (Stage.STARTTLS, 454, "", errors.Throttled, "454"),
    ],
)
def test_a_refusal_decides_what_becomes_of_the_message(
    stage: Stage, code: int, enhanced: str, kind: type[errors.SendError], known: str
) -> None:
    refused = esmtp.Refused(stage, smtp_wire.Reply(code=code, enhanced=enhanced, text="they said so"))
    error = replies.error(refused)
    assert (type(error), error.code, error.status, error.text) == (kind, known, code, "they said so")


def test_a_refusal_without_words_gets_the_atlas_own() -> None:
    error = replies.error(esmtp.Refused(Stage.RCPT, smtp_wire.Reply(code=550, enhanced="5.1.1", text="")))
    assert error.text == "The mailbox does not exist"


@pytest.mark.parametrize(
    "lines, enhanced, text",
    [
        (("5.1.1 No such user", "5.1.1 here"), "5.1.1", "No such user here"),
        (("5.1.1",), "5.1.1", ""),
        (("5.1.1No such user",), "", "5.1.1No such user"),
        (("1.2.3 odd",), "", "1.2.3 odd"),
        (("Ok",), "", "Ok"),
    ],
)
def test_a_reply_is_parted_into_enhanced_code_and_text(
    lines: tuple[str, ...], enhanced: str, text: str
) -> None:
    reply = smtp_wire.reply(550, lines)
    assert (reply.enhanced, reply.text) == (enhanced, text)
