"""Tests of the server, laid out as the server is."""
