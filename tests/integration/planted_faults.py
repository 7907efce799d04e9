#!/usr/bin/python3
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
NEEDED = ("CMakeLists.txt", "CMakePresets.json", "auc", "deploy", "diameter_ext", "hsm", "hss", "schema", "tests")
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", "--tb=line"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder for the copy and its build, kept for the next run")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("only", nargs="*", help="words of the names of the faults wanted")
    return parser.parse_args()


def copy_tree(work):
    tree = work / "tree"
    tree.mkdir(parents=True, exist_ok=True)
    for name in NEEDED:
        subprocess.run(["rsync", "-a", "--delete", ROOT / name, tree] if shutil.which("rsync") else
                       ["cp", "-a", "--update", "--no-target-directory", ROOT / name, tree / name], check=True)
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
    if text.count(fault.old) != 1:
        raise LookupError(f"{fault.file} has {text.count(fault.old)} places for \"{fault.what}\" instead of one")
    path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
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
        wanted = [fault for fault in FAULTS if all(word in fault.what for word in args.only)]
        passed = sum(judge(work, fault, args.jobs) for fault in wanted)
    print(f"{passed} passed, {len(wanted) - passed} failed")
    return 0 if passed == len(wanted) and wanted else 1


if __name__ == "__main__":
    sys.exit(main())
