"""Tests of the push adapters."""
