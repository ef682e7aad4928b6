"""Every endpoint there is, by importing each noun's module."""

from server.wire import audiences, campaigns, endpoint, ledger, messages, providers, server, templates, twins

NOUNS = (audiences, campaigns, ledger, messages, providers, server, templates, twins)
ALL = endpoint.endpoints()
