"""The console's tests: real widgets without a screen, real sockets, a real process at the far side."""
