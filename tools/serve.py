"""`make run`: the whole service on this machine without a setting: SQLite, demo data, one web process, one worker.

With arguments (`make manage`) it runs a management command with the same settings instead.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, "manage.py"]
WEB = [sys.executable, "-m", "gunicorn", "-c", "statussite/gunicorn.py", "--log-level", "warning"]
WORKER = [*MANAGE, "worker"]


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    own_database = "DATABASE_URL" in os.environ
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
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
    return run_together(WEB, WORKER)


def obstacle(host: str, port: str) -> str:
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return "PORT must be a number from 1 to 65535."
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), int(port)), family=family).close()
    except socket.gaierror:
        return "HOST must be an address or a name of this machine."
    except OSError as error:
        return f"{host}, port {port}: {os.strerror(error.errno or 0)}. PORT=8001 make run takes another port."
    return ""


def set_defaults(host: str, port: str) -> None:
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


def run_together(*commands: list[str]) -> int:
    """Runs the commands until a signal or the first of them to end; then stops the others."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    # In groups of their own, Ctrl-C reaches only this process, which then stops them in an orderly way.
    processes = [subprocess.Popen(command, process_group=0) for command in commands]
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.2)
        ended = next(process for process in processes if process.poll() is not None)
        print(f"Stopping: {' '.join(map(str, ended.args[1:]))} ended by itself.", file=sys.stderr)  # type: ignore[index]
        return ended.returncode or 1
    finally:
        stop(processes)


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave an orphan
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
