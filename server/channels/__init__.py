"""What each channel is: its content, limits, lengths and rules; pure, trusted by the server and used by the console as one types."""
