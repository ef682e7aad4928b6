"""Tests of console.views.providers."""
