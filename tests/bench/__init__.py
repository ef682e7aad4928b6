"""Benchmarks by CPU time per 1,000 messages: `make bench`, or `python -m tests.bench [NAME ...]`."""
