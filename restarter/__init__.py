"""Restarts a development server when its files really change, and says why."""

__version__ = "0.1.0"
