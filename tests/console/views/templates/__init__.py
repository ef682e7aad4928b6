"""The template library, the page of one template, and the shared blocks."""
