"""`make run`: the whole service on this machine without a setting: SQLite, demo data, one web process, one worker."""

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


def main() -> int:
    os.chdir(ROOT)
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not is_free(host, port):
        print(f"Cannot listen on {host}, port {port}; PORT=8001 make run takes another one.", file=sys.stderr)
        return 1
    set_defaults(host, port)
    manage("migrate", "--verbosity", "0")
    manage("collectstatic", "--no-input", "--verbosity", "0")
    login = manage("demo")  # adds nothing once there is data, but always tells how to sign in
    print(f"\n{login.strip()}\n\nStatus page: {os.environ['SITE_URL']}  (Ctrl-C stops it)\n", flush=True)
    return run_together(WEB, WORKER)


def is_free(host: str, port: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), int(port)), family=family).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


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
    """What the command printed; a failed one has said why on stderr, and ends everything."""
    done = subprocess.run([*MANAGE, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
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
    sys.exit(main())
