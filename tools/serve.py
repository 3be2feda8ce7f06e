"""`make run`: the whole service on this machine without a setting: SQLite, demo data, one web process, one worker.

With arguments (`make manage`) it runs a management command with the same settings instead.
"""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from statussite import environment as env
from statussite.together import MANAGE, WEB, WORKER, run_together

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    own_database = "DATABASE_URL" in os.environ
    host, port = env.listen_address("HOST", "127.0.0.1"), env.port("PORT", 8000)
    set_defaults(host, port)
    if arguments:
        return subprocess.call([*MANAGE, *arguments])
    if why_not := obstacle(host, port):
        print(f"Cannot start: {why_not}", file=sys.stderr)
        return 1
    manage("migrate", "--verbosity", "0")
    manage("collectstatic", "--no-input", "--verbosity", "0")
    login = "" if own_database else manage("demo")  # adds nothing once there is data, but always tells how to sign in
    print(f"\n{login.strip()}\n\nStatus page: {os.environ['SITE_URL']}  (Ctrl-C stops it)\n".lstrip(), flush=True)
    return run_together([*WEB, "--log-level", "warning"], WORKER)


def obstacle(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), port), family=family).close()
    except OSError as error:
        return f"{host}, port {port}: {os.strerror(error.errno or 0)}. PORT=8001 make run takes another port."
    return ""


def set_defaults(host: str, port: int) -> None:
    """What the product would otherwise ask for; a variable that is already set wins."""
    reachable = "127.0.0.1" if host in ("0.0.0.0", "[::]") else host  # noqa: S104
    os.environ.setdefault("SECRET_KEY", secret_key())
    os.environ.setdefault("SITE_URL", f"http://{reachable}:{port}")
    os.environ.setdefault("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{host}")
    os.environ.setdefault("LOG_FORMAT", "console")


def secret_key() -> str:
    """Made once and kept, so that a restart signs nobody out."""
    path = Path("data/secret-key")
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def manage(*arguments: str) -> str:
    """What the command printed. A failed one ends everything, with its last line: the reason without the trace."""
    done = subprocess.run([*MANAGE, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
        sys.exit(reason if reason.startswith("Cannot start") else f"Cannot start: {arguments[0]}: {reason}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
