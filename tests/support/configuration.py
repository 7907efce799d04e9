# SPDX-License-Identifier: Apache-2.0
"""The server's configuration file with other values than it has."""

import json
import tomllib


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # of booleans, integers and strings the same as in TOML


def _flatten(tree, name, into):
    for key, value in tree.items():
        if isinstance(value, dict):
            _flatten(value, f"{name}.{key}".lstrip("."), into)
        else:
            into.setdefault(name, {})[key] = value


def with_values(file, values):
    """Its text with other values, {"table.key": value}; None takes a key away."""
    tables = {}
    _flatten(tomllib.loads(file.read_text(encoding="utf-8")), "", tables)
    for name, value in values.items():
        table, _, key = name.rpartition(".")
        tables.setdefault(table, {})[key] = value
    lines = []
    for table, keys in tables.items():
        lines += [f"[{table}]", *(f"{key} = {_toml(value)}" for key, value in keys.items() if value is not None), ""]
    return "\n".join(lines)
