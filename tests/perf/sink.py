"""Where mails and hooks of the benchmark end: servers in a process of their own, which count and throw away."""

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tests.server import free_port

HANGS = b"/hangs"  # where a hook's path begins that is never answered
_YES = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True)
class Sink:
    mail_port: int
    hook_port: int
    _counted: Any
    _seen: Any

    @property
    def mails(self) -> int:
        return int(self._counted.value)

    def hooks(self) -> list[float]:
        """Moments, on the clock of `time.monotonic`, at which hooks that are answered came in since the last call."""
        found = []
        while not self._seen.empty():
            found.append(self._seen.get())
        return found


@contextmanager
def sink() -> Iterator[Sink]:
    context = multiprocessing.get_context("spawn")
    found = Sink(free_port(), free_port(), context.Value("q", 0), context.SimpleQueue())
    process = context.Process(
        target=_serve, args=(found.mail_port, found.hook_port, found._counted, found._seen), daemon=True
    )
    process.start()
    try:
        for port in (found.mail_port, found.hook_port):
            _wait_for(port)
        yield found
    finally:
        process.terminate()
        process.join(10)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"Nothing listens on port {port}.")


def _serve(mail_port: int, hook_port: int, counted: Any, seen: Any) -> None:
    async def mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(b"220 sink\r\n")
            while line := (await reader.readline()).upper():
                if line.startswith(b"DATA"):
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    counted.value += 1
                writer.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n")
        writer.close()

    async def hook(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                named = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
                await reader.readexactly(int(named[b"content-length"]))
                if head.split(b" ")[1].startswith(HANGS):
                    await reader.read()
                    break
                seen.put(time.monotonic())
                writer.write(_YES)
        writer.close()

    async def both() -> None:
        servers = [
            await asyncio.start_server(mail, "127.0.0.1", mail_port, limit=2**20),
            await asyncio.start_server(hook, "0.0.0.0", hook_port),
        ]
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(both())
