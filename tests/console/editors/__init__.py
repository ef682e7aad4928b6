"""The editors of contents."""
