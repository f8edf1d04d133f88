"""The library: changes as generators, and what is run again for them."""
