# SPDX-License-Identifier: Apache-2.0
"""The option --slow of the folders whose tests share it."""


def add_option(parser):
    parser.addoption("--slow", action="store_true", help="run the long tests as well")


def name_marker(config):
    config.addinivalue_line("markers", "slow: takes long; runs with --slow, or when chosen with -m or by name")


def leave_out(config, items):
    if config.getoption("--slow") or config.getoption("-m") or any("::" in argument for argument in config.args):
        return
    left_out = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
