"""Adapters: one file a vendor, which knows how to send, how to read receipts and how to check an account."""
