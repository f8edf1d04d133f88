"""Supervising: one command, started, stopped and followed to its end."""
