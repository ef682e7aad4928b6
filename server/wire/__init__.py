"""What clients and server say to each other: endpoints, asks, replies, event kinds and problem codes."""
