"""OCPI 2.3.0: what it writes in another way than 2.2.1."""
