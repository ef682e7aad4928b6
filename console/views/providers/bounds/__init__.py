"""Limits, routes and sender pools: what there is, what binds now, and the sheets that change it."""
