"""Tests of server.pipeline.delivery."""
