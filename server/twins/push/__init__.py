"""Twins of the push vendors."""
