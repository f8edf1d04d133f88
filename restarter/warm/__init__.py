"""Warm restarts: a Python program is forked from a process that has its libraries imported."""
