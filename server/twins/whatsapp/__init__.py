"""Twins of the whatsapp vendors."""
