"""All that leaves the widget world: the server, its live feed, running operations, settings, drafts, crash reports."""
