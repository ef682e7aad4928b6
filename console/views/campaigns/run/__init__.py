"""The page of a campaign that was launched: while it goes, and after."""
