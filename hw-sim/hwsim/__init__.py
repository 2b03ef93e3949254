"""The other end of every cable of a charging site, written from the standards."""
