"""`restarter why`: what is watched, how, and what a change would do."""
