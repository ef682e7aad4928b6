"""Tests of console.views.exceptions."""
