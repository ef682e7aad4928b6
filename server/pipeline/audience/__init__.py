"""Who is spoken to: contacts read from files, cell by cell, and merged into what is known."""
