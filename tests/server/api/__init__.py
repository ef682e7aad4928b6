"""Tests of the API's floor, most of them against a real server."""
