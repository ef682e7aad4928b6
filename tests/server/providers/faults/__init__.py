"""Providers and networks that fail in every way they can, and what the adapters make of it."""
