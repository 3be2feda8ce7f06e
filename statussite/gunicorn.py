"""How gunicorn serves this project; `gunicorn -c statussite/gunicorn.py` needs no other argument."""

import os
from pathlib import Path

wsgi_app = "statussite.wsgi"
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"

# One process: the embedded set-up caches and counts rate limits in its memory. With Redis, use one per core.
workers = int(os.environ.get("WEB_CONCURRENCY") or 1)
worker_class = "gthread"  # an idle kept-alive connection holds no thread
threads = 8

# Longer than a load balancer's usual 60 s: the side that reuses a connection must be the first to let go of it.
keepalive = 75
graceful_timeout = 20  # below the 30 s that Kubernetes waits between TERM and KILL

# The heartbeat file of a worker must not wait for a disk; containers often have no tmpfs on /tmp.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# A second way to command the server, which nothing here uses.
control_socket_disable = True
