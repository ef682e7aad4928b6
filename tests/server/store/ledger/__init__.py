"""Tests of server.store.ledger."""
