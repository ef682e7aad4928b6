"""The editor of a campaign that has not been launched: audience, content, review, launch."""
