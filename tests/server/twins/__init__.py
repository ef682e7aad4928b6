"""Tests of the provider twins."""
