"""Tests of the push twins."""
