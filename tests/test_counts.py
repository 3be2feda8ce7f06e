"""The directory of counts goes with its master, or with the next one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.server import ROOT

_MASTER = """
import os, sys
from statussite import counts
counts.begin(sys.argv[1])
print(os.environ[counts.VARIABLE], flush=True)
sys.stdin.read()
counts.end()
"""


@contextmanager
def master(place: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    command = [sys.executable, "-c", _MASTER, str(place)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())


def test_it_goes_with_its_master(tmp_path: Path) -> None:
    with master(tmp_path) as (_, directory):
        assert directory.is_dir()
    assert not directory.exists()


def test_what_a_killed_master_left_goes_with_the_next_and_what_is_in_use_stays(tmp_path: Path) -> None:
    with ExitStack() as stack:
        _, used = stack.enter_context(master(tmp_path))
        with master(tmp_path) as (killed, left):
            killed.kill()
            killed.wait()
        assert left.is_dir()
        stack.enter_context(master(tmp_path))
        assert used.is_dir()
        assert not left.exists()
