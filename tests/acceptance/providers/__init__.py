"""Providers that fail while a real server sends: judged at a gateway outside it."""
