"""Twins of the email vendors."""
