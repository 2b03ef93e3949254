"""A server that cannot listen ends the daemon at its start; known to those who need none of the server."""


class ServerUnusable(Exception):
    """The server cannot listen; the message ends with the remedy."""
