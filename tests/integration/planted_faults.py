#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plants one fault after the other in a copy of the server and asserts that the tests named beside it then fail."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from faults import FAULTS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", "--tb=line"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder for the copy and its build, kept for the next run")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("only", nargs="*", help="words of the names of the faults wanted")
    return parser.parse_args()


def copy_tree(work):
    """What differs is written, so that an earlier build is worth something; a fault left behind goes away."""
    tree = work / "tree"
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, listed):
        source, target = ROOT / name, tree / name
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copy(source, target)
    return tree


def build(work, jobs):
    folder = work / "build"
    if not (folder / "build.ninja").exists():
        options = ["-DCMAKE_BUILD_TYPE=Debug", "-DQUINTET_TESTS=ON"]
        if shutil.which("ccache"):
            options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        subprocess.run(["cmake", "-S", work / "tree", "-B", folder, "-G", "Ninja", *options], check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, "-j", str(jobs), "quintet_fdx", "quintet", "quintet_p11shim", "loadgen"], check=True,
                   stdout=subprocess.DEVNULL)
    return folder


def run_tests(work, selection):
    """Names of the tests that failed, and whether any ran."""
    environment = {**os.environ, "QUINTET_BUILD_DIR": str(work / "build"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*PYTEST, f"--basetemp={work / 'pytest'}", str(HERE / selection[0]), "-k", selection[1]]
    out = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
    failed = re.findall(r"^(?:FAILED|ERROR) \S*::(.*?)(?: - .*)?$", out.stdout, re.MULTILINE)
    ran = re.search(r"\d+ (passed|failed|error)", out.stdout) is not None
    return failed, ran, out.stdout


def plant(tree, fault):
    path = tree / fault.file
    text = path.read_text(encoding="utf-8")
    path.write_text(fault.planted_in(text), encoding="utf-8")
    return lambda: path.write_text(text, encoding="utf-8")


def noticed(work, fault, jobs):
    undo = plant(work / "tree", fault)
    try:
        build(work, jobs)
        failed, ran, output = run_tests(work, fault.noticed_by)
    finally:
        undo()
    if not ran:
        print(output[-2000:])
    return failed[0] if failed else None


def check_without_fault(work, faults):
    """A test that fails anyhow notices nothing."""
    for file in sorted({fault.noticed_by[0] for fault in faults}):
        words = " or ".join(f"({fault.noticed_by[1]})" for fault in faults if fault.noticed_by[0] == file)
        failed, ran, _ = run_tests(work, (file, words))
        if failed or not ran:
            sys.exit(f"{file} fails without a fault: {failed}")


def judge(work, fault, jobs):
    begun = time.monotonic()
    try:
        by = noticed(work, fault, jobs)
    except (LookupError, subprocess.SubprocessError) as error:
        print(f"FAILED   {fault.what}: {error}", flush=True)
        return False
    verdict = f"noticed by {by}" if by else f"NOT NOTICED by {' -k '.join(fault.noticed_by)}"
    print(f"{'ok      ' if by else 'FAILED  '} {fault.what}: {verdict} ({time.monotonic() - begun:.0f} s)", flush=True)
    return by is not None


def main():
    args = parse()
    with tempfile.TemporaryDirectory(prefix="planted.") as temporary:
        work = (args.work or Path(temporary)).resolve()
        copy_tree(work)
        build(work, args.jobs)
        wanted = [fault for fault in FAULTS if not args.only or any(word in fault.what for word in args.only)]
        check_without_fault(work, wanted)
        passed = sum(judge(work, fault, args.jobs) for fault in wanted)
    print(f"{passed} passed, {len(wanted) - passed} failed")
    return 0 if passed == len(wanted) and wanted else 1


if __name__ == "__main__":
    sys.exit(main())
