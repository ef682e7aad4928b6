"""Tests of the channels' content rules."""
