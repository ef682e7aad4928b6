"""Delivery: which lane a message leaves by, and what becomes of it when the answer is not yes."""
