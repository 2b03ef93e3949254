"""OCPI 2.2.1: wire shapes and their mapping."""
