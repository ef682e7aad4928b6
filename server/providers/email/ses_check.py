"""Try an SES account without sending: credentials, quota, sandbox, sender, configuration set and its topic."""

import asyncio
import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.providers import atlas
from server.wire import providers as wire

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

TIMEOUT_S = 10
#: Without these, news of a mail's end never comes.
WANTED_EVENTS = ("DELIVERY", "BOUNCE", "COMPLAINT", "REJECT")


async def rows(**account: Any) -> list[wire.CheckRow]:
    """One row for each thing that was tried, in order; when the first call fails it is the only one.

    Takes region, access_key, secret_key, endpoint, ca_pem, sender, configuration_set and topic_arn.
    """
    return await asyncio.to_thread(_rows, **account)


def _rows(
    *,
    region: str,
    access_key: str,
    secret_key: str,
    endpoint: str,
    ca_pem: str,
    sender: str,
    configuration_set: str,
    topic_arn: str,
) -> list[wire.CheckRow]:
    with _bundle(ca_pem) as bundle:
        client = _client(region, access_key, secret_key, endpoint, bundle)
        try:
            account, failure = _tried("Credentials", client.get_account)
            if failure:
                return [failure]
            return [
                *_account_rows(account),
                _sender_row(client, sender),
                _events_row(client, configuration_set, topic_arn),
            ]
        finally:
            client.close()


def _account_rows(account: dict[str, Any]) -> list[wire.CheckRow]:
    quota = account.get("SendQuota", {})
    limit = quota.get("Max24HourSend", 0)
    a_day = (
        "without a daily limit"
        if limit < 0
        else f"{limit:,.0f} a day, {quota.get('SentLast24Hours', 0):,.0f} used"
    )
    found = [_row("Credentials", "SES takes the key.")]
    found.append(_row("Quota", f"{quota.get('MaxSendRate', 0):,.0f} mails a second, {a_day}."))
    if account.get("ProductionAccessEnabled"):
        found.append(_row("Sandbox", "The account is out of the SES sandbox."))
    else:
        found.append(
            _bad(
                "Sandbox",
                "The account is in the SES sandbox: it sends to verified addresses only.",
                "Ask for production access in the SES console",
            )
        )
    if not account.get("SendingEnabled", True):
        found.append(_bad("Sending", "Sending is paused for the account.", "Resume it in the SES console"))
    return found


def _sender_row(client: "SESV2Client", sender: str) -> wire.CheckRow:
    """Whether the address, or else its domain, is verified."""
    what = "Sender"
    problem = _bad(what, "", "")
    for identity in (sender, sender.rpartition("@")[2]):
        answer, failure = _tried(what, functools.partial(client.get_email_identity, EmailIdentity=identity))
        if failure:
            problem = failure
        elif answer.get("VerifiedForSendingStatus"):
            return _row(what, f"{identity} is verified.")
        else:
            problem = _bad(
                what, f"{identity} is not verified yet.", "Finish its verification in the SES console"
            )
    return problem


def _events_row(client: "SESV2Client", configuration_set: str, topic_arn: str) -> wire.CheckRow:
    what = "News"
    if not configuration_set or not topic_arn:
        return _bad(
            what,
            "SES will not tell what becomes of mails: the configuration set or the SNS topic is missing.",
            "Enter a configuration set that publishes to an SNS topic, and the topic's ARN",
        )
    answer, failure = _tried(
        what,
        lambda: client.get_configuration_set_event_destinations(ConfigurationSetName=configuration_set),
    )
    if failure:
        return failure
    ours = [
        set(destination.get("MatchingEventTypes", []))
        for destination in answer.get("EventDestinations", [])
        if destination.get("Enabled") and destination.get("SnsDestination", {}).get("TopicArn") == topic_arn
    ]
    told = set().union(*ours)
    missing = [event for event in WANTED_EVENTS if event not in told]
    if missing:
        return _bad(
            what,
            f"{configuration_set} does not publish to the topic: {', '.join(missing).lower()}.",
            "Add these events to the configuration set's SNS destination",
        )
    return _row(what, f"{configuration_set} publishes {', '.join(sorted(told)).lower()} to the topic.")


def _tried(what: str, call: Callable[[], Any]) -> tuple[dict[str, Any], wire.CheckRow | None]:
    from botocore import exceptions

    try:
        return call(), None
    except exceptions.ClientError as error:
        problem = error.response.get("Error", {})
        code = str(problem.get("Code", "")).rpartition("#")[2]
        entry = atlas.entry("ses_errors", code)
        remedy = entry.remedy if entry else "Look the error up in the SES documentation"
        return {}, _bad(what, f"{problem.get('Message') or 'SES refused'} ({code}).", remedy)
    except exceptions.SSLError:
        return {}, _bad(
            what, "The endpoint's certificate is not trusted.", "Enter its authority, or mend the endpoint"
        )
    except exceptions.BotoCoreError as error:
        # Their texts hold addresses at most; credentials are given to the client alone.
        remedy = "Check region and endpoint, and that the firewall lets us through"
        return {}, _bad(what, f"SES cannot be reached: {type(error).__name__}.", remedy)


def _client(region: str, access_key: str, secret_key: str, endpoint: str, bundle: str) -> "SESV2Client":
    """A client of our own making: no profile, no environment, no metadata service, no proxy is asked."""
    import boto3
    from botocore import session as sessions
    from botocore.config import Config

    nothing = (None, None, os.devnull, None)
    core = sessions.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nothing,
            "credentials_file": nothing,
        }
    )
    session = boto3.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=region,
        botocore_session=core,
    )
    return session.client(
        "sesv2",
        endpoint_url=endpoint,
        verify=bundle,
        config=Config(
            connect_timeout=TIMEOUT_S,
            read_timeout=TIMEOUT_S,
            retries={"total_max_attempts": 1},
            proxies={},
            use_dualstack_endpoint=False,
            use_fips_endpoint=False,
        ),
    )


@contextlib.contextmanager
def _bundle(ca_pem: str) -> Iterator[str]:
    """A file with the usual authorities and the account's own; the client takes nothing but a path."""
    from botocore import httpsession

    usual = Path(httpsession.get_cert_path(verify=True) or "")
    if not ca_pem:
        yield str(usual)
        return
    handle, name = tempfile.mkstemp(suffix=".pem")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii", errors="replace") as file:
            file.write(usual.read_text(encoding="ascii", errors="replace") + "\n" + ca_pem)
        yield name
    finally:
        path.unlink(missing_ok=True)


def _row(what: str, message: str) -> wire.CheckRow:
    return wire.CheckRow(what=what, good=True, message=message)


def _bad(what: str, message: str, remedy: str) -> wire.CheckRow:
    return wire.CheckRow(what=what, good=False, message=message, remedy=remedy)
