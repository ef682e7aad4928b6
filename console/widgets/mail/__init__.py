"""A mail as a mail program would show it, with nothing in it able to reach out."""
