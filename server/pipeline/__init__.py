"""The data's path, in the order the data moves; stages never import one another."""
