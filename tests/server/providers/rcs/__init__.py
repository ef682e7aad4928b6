"""Tests of the RCS adapter."""
