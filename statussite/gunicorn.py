"""How gunicorn serves this project; `python -m statussite.web` starts it so."""

import ctypes
import gc
import resource
import tempfile
from pathlib import Path
from typing import Any

from statussite import counts
from statussite import environment as env

wsgi_app = "statussite.wsgi"
bind = f"{env.listen_address('HOST', '127.0.0.1')}:{env.port('PORT', 8000)}"

# One process: the embedded set-up caches and counts rate limits in its memory. With Redis, use one per core.
workers = env.number("WEB_CONCURRENCY", 1, least=1)
worker_class = "gthread"  # an idle kept-alive connection holds no thread
threads = 8

# Each connection may be idle or wait for a thread; gunicorn's own 1000 turns the crowd away. A worker that takes one
# for which it has no file left ends, and all of its connections with it: what is too much waits outside.
_OTHER_FILES = 128
_MOST_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
worker_connections = 10_000
if _MOST_FILES != resource.RLIM_INFINITY:
    worker_connections = max(2 * threads, min(worker_connections, _MOST_FILES - _OTHER_FILES))

# The most that gunicorn can be told to take. The API refuses a shorter one than this in its own form.
limit_request_line = 8190

# Longer than a load balancer's usual 60 s: the side that reuses a connection must be the first to let go of it.
keepalive = 75
graceful_timeout = 20  # below the 30 s that Kubernetes waits between TERM and KILL

# What workers write all the time must not wait for a disk; containers often have no tmpfs on /tmp.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
logger_class = "statussite.server_logs.ServerLogger"

# A second way to command the server, which nothing here uses.
control_socket_disable = True

# Pages are large texts that live briefly: glibc is told to give their memory back at once, and not to keep a heap for
# each thread. Measured: 5 MB less in each process at its start, 25 MB less after two minutes of all kinds of requests.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
    mallopt(_M_ARENA_MAX, 1)
    mallopt(_M_MMAP_THRESHOLD, 65_536)
    mallopt(_M_TRIM_THRESHOLD, 131_072)


def on_starting(arbiter: object) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < (wanted := worker_connections + _OTHER_FILES):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))
    counts.begin(worker_tmp_dir or tempfile.gettempdir())


def child_exit(arbiter: object, worker: Any) -> None:
    from prometheus_client import multiprocess  # which looks for the directory when it is imported

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(arbiter: object) -> None:
    counts.end()


def post_worker_init(worker: object) -> None:
    """What is there once the application is loaded, stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
