"""Adapters of the sms vendors."""
