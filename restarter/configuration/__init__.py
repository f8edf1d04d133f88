"""Configuration: what can be set, from where, and how it is written."""
