"""Tests of the email twins."""
