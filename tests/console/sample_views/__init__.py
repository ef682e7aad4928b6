"""Views for the window's tests, found by walking like the real ones."""
