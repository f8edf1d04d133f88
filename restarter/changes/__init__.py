"""Changes: hints become a batch of real ones."""
