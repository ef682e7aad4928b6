"""Editors of content: one form a channel, drawn from parts, checked by the rules the server trusts."""
