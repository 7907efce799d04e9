# SPDX-License-Identifier: Apache-2.0
"""What the fuzzers raise when the server does what it must not."""


class Failure(Exception):
    """Its text tells what was wrong."""
