"""What arrived at the twins, read back from the wire into contents and compared with what the ledger promised."""
