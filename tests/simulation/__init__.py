"""The sender core in a made-up world: clock, chance, network, files and deaths come from one seed."""
