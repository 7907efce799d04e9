"""CS, PS and IMS interleaved on one card: runs tests/store/domains_test on a database and token of its own."""
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QUINTET_BUILD", ROOT / "build" / "release"))


def test_interleaved_domains_never_fail_to_synchronise(tmp_path_factory):
    var = tmp_path_factory.mktemp("domains") / "var"
    log = var.parent / "quickstart.log"
    with open(log, "wb") as out:
        command = [ROOT / "deploy/quickstart", "--no-server", "--build-dir", BUILD, "--var", var]
        quickstart = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while b"quintet ready" not in log.read_bytes():
            assert quickstart.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        script = f'. "{var}/env"; exec "{BUILD}/tests/store/domains_test"'
        run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=180, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "[  PASSED  ] 2 tests." in run.stdout
    finally:
        quickstart.send_signal(signal.SIGINT)
        quickstart.wait(30)
