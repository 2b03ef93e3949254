"""What can go wrong with our OCPI endpoints, for those who must know that without loading them."""


class ServerUnusable(Exception):
    """The server cannot listen; the message ends with the remedy."""


class RegistrationFailed(Exception):
    """What was asked cannot be done; the message is a line that ends with the remedy."""
