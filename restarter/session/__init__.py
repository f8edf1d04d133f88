"""The session: everything wired together, and the one loop."""
