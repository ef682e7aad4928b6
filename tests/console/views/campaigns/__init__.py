"""The campaigns' tests."""
