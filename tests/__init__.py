"""Tests, in the mirror of console and server."""
