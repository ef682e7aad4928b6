"""What every screen on which contents are written needs of the server: people's values, mails, renderings."""
