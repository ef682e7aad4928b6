"""Other people's devices: what a message looks like where it arrives, one painter a surface, drawn in dp."""
