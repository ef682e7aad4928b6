"""Adapters of the email vendors."""
