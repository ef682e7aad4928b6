"""Tests of the RCS twin."""
