"""Tests of console.views."""
