"""Tests of the WhatsApp twin."""
