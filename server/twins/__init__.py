"""Our own stand-ins for the providers, true to their wire contracts and independent of our adapters."""
