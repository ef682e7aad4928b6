"""What is said: templates in Liquid and the one renderer that preview, rehearsal and sending share."""
