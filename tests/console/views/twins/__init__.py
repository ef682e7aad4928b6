"""Tests of console.views.twins."""
