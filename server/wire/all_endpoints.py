"""Every endpoint there is, by importing each noun's module."""

from server.wire import (
    audiences,
    campaigns,
    endpoint,
    exceptions,
    holds,
    ledger,
    limits,
    mails,
    messages,
    policies,
    providers,
    schedules,
    server,
    templates,
    twins,
)

NOUNS = (
    audiences,
    campaigns,
    exceptions,
    holds,
    ledger,
    limits,
    mails,
    messages,
    policies,
    providers,
    schedules,
    server,
    templates,
    twins,
)
ALL = endpoint.endpoints()
