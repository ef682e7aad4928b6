"""Pictures of every screen in both themes, from a recorded server and a stopped clock, compared pixel by pixel."""
