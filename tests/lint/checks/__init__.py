# SPDX-License-Identifier: Apache-2.0
"""The checks of the lint run: each module has WHAT, findings(tree), and PLANTS that its self-test must see caught."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plant:
    """A small tree with a fault, where the fault is, and what the message must contain; no place: a tree without one."""

    files: dict = field(default_factory=dict)
    path: str = ""
    line: int = 0
    says: str = ""
