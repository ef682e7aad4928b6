"""The ledger: who holds which message, what was intended, what came of it; every change is one flushed transaction."""
