"""The sending server: campaigns in, messages out, every recipient accounted for."""
