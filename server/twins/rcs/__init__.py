"""Twins of the rcs vendors."""
