"""Signatures, compared with those of botocore."""

import datetime as dt

import pytest
from botocore import auth, awsrequest, credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from server.providers.email import sigv4

KEY, SECRET = "AKIDEXAMPLE12345", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def by_botocore(method: str, url: str, body: bytes, region: str, at: float) -> dict[str, str]:
    request = awsrequest.AWSRequest(method, url, data=body, headers={"Content-Type": "application/json"})
    signer = auth.SigV4Auth(credentials.Credentials(KEY, SECRET), "ses", region)
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda: moment)
        signer.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@settings(deadline=None)
@given(
    body=st.binary(),
    region=st.sampled_from(["eu-west-1", "us-gov-east-1"]),
    at=st.floats(min_value=0, max_value=4e9),
    method=st.sampled_from(["POST", "GET"]),
)
def test_a_request_is_signed_as_botocore_signs_it(body: bytes, region: str, at: float, method: str) -> None:
    url = "https://127.0.0.1:8443/v2/email/outbound-emails"
    signer = sigv4.Signer(access_key=KEY, secret_key=SECRET, region=region, service="ses")
    ours = signer.headers(method, url, body, at=at)
    theirs = by_botocore(method, url, body, region, at)
    assert ours["authorization"] == theirs["authorization"]
    assert ours["x-amz-date"] == theirs["x-amz-date"]


def test_a_path_with_encoded_signs_is_encoded_again() -> None:
    url = "https://email.eu-west-1.amazonaws.com/v2/email/identities/news%40example.com"
    signer = sigv4.Signer(access_key=KEY, secret_key=SECRET, region="eu-west-1", service="ses")
    ours = signer.headers("GET", url, b"", at=1e9)
    assert ours["authorization"] == by_botocore("GET", url, b"", "eu-west-1", 1e9)["authorization"]


def test_the_key_changes_with_the_day() -> None:
    signer = sigv4.Signer(access_key=KEY, secret_key=SECRET, region="eu-west-1", service="ses")
    url = "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails"
    for at in (1_795_132_799.0, 1_795_132_801.0, 1_795_132_799.0):
        theirs = by_botocore("POST", url, b"{}", "eu-west-1", at)
        assert signer.headers("POST", url, b"{}", at=at)["authorization"] == theirs["authorization"]
