"""Tests of the SMS twins."""
