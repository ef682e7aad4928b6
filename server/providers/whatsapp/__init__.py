"""Adapters of the whatsapp vendors."""
