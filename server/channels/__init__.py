"""What each channel is: content, limits, lengths and rules; pure, trusted by the server, used by the console."""
