"""Which version this is: what the installed distribution says."""

from importlib.metadata import version

VERSION = version("ocpi-gateway")
