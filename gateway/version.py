"""Which version this is; the package and its metadata have it from here."""

VERSION = "0.1.0"
