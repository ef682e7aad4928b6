"""Tests of the email adapters and what they are made of."""
