"""What arrived at twins, read back and compared with its promise."""
