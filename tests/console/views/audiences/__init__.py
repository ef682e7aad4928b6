"""Tests of console.views.audiences."""
