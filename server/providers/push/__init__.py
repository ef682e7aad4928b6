"""Adapters of the push vendors."""
