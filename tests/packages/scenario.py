# SPDX-License-Identifier: Apache-2.0
"""What a scenario is: a claim about packages, and the fault that it has to notice."""

from dataclasses import dataclass
from typing import Callable

from debian_root import Failed


@dataclass(frozen=True)
class Scenario:
    run: Callable                  # throws Failed when the claim does not hold
    claim: str
    fault: Callable | None = None  # a context manager that plants it
    is_base: bool = False          # others stand on it

    @property
    def name(self):
        return self.run.__name__


def demand(holds, otherwise):
    if not holds:
        raise Failed(otherwise)
