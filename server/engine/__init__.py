"""What runs: the life of campaigns, the clock, the sender and recovery."""
