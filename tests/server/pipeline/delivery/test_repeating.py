"""Which messages may be sent again while nobody knows whether the first arrived."""

import pytest

from server.channels import contents
from server.pipeline.delivery import repeating
from server.providers import registry


@pytest.mark.parametrize(
    "content, harmless",
    [
        (contents.Apns(title="Hi", collapse_id="spring"), True),
        (contents.Apns(title="Hi"), False),
        (contents.WebPush(title="Hi", topic="spring"), True),
        (contents.WebPush(title="Hi"), False),
        (contents.Sms(body="Hi"), False),
        (contents.Email(subject="Hi", text="Hi"), False),
    ],
)
def test_only_what_carries_a_key_that_replaces_the_first_may_be_repeated(
    content: contents.Content, harmless: bool
) -> None:
    assert repeating.harmless(content, by_reference=False) is harmless


def test_a_provider_that_knows_our_reference_ignores_every_double() -> None:
    assert repeating.harmless(contents.Rcs(text="Hi"), by_reference=True)
    assert [key for key, adapter in registry.PROVIDERS.items() if adapter.repeatable] == ["rcs/rbm"]


def test_every_provider_says_in_words_how_its_doubts_are_settled() -> None:
    rules = {adapter.doubt_rule for adapter in registry.PROVIDERS.values()}
    assert len(rules) == len(registry.PROVIDERS)
    assert all(rule.endswith(".") for rule in rules)
