"""Everything in one container or on one machine: `python -m statussite.together` migrates, then runs web and worker.

They end together: what is left of a pair would look alive.
"""

import signal
import subprocess
import sys
import time

MANAGE = [sys.executable, "-m", "statussite"]
WEB = [sys.executable, "-m", "statussite.web"]
WORKER = [*MANAGE, "worker"]
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_together(*commands: list[str]) -> int:
    """Runs the commands until a signal or the first of them to end; then stops the others."""
    for number in _ENDS:
        signal.signal(number, lambda *_: sys.exit(0))
    # In groups of their own, Ctrl-C reaches only this process, which then stops them in an orderly way.
    processes = [subprocess.Popen(command, process_group=0) for command in commands]  # noqa: S603
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.2)
        ended = next(process for process in processes if process.poll() is not None)
        sys.stderr.write(f"Stopping: {' '.join(map(str, ended.args[1:]))} ended by itself.\n")  # type: ignore[index]
        return ended.returncode or 1
    finally:
        stop(processes)


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave an orphan
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> int:
    migrated = subprocess.call([*MANAGE, "migrate", "--no-input"])  # noqa: S603
    return migrated or run_together(WEB, WORKER)


if __name__ == "__main__":
    sys.exit(main())
