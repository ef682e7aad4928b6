"""Who may do what, and where the secrets lie."""
