"""Tests of console.views.messages."""
