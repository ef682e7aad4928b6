"""The doors: one module a noun, each handler bound to a wire endpoint."""
