"""Whole jobs against real processes, judged from outside."""
