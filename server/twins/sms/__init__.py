"""Twins of the sms vendors."""
