"""Tests that read the shape of the project."""
