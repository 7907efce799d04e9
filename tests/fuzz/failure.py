"""What the fuzzers raise when the server does what it must not."""


class Failure(Exception):
    """Its text tells what was wrong."""
