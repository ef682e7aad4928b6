"""Adapters of the rcs vendors."""
