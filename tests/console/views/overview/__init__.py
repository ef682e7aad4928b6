"""The overview's tests."""
