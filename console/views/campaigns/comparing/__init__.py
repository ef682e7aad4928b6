"""Two campaigns side by side: figures, channels, reasons, pace, and where their contents differ."""
