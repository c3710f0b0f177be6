"""The beacon over HTTP against an empty application on the same server.

    python bench/beacon_http.py [--port 8140] [--rounds 6]

Two granian servers (WSGI, one worker, one thread each): an application that answers 204 and
nothing else, and the portal itself. The same requests go to both in turns, from several
connections that stay open; what counts is requests per CPU-second of the server's processes,
which does not depend on how fast the other side asks.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from grounds import ROOT, Grounds, write_results

CONNECTIONS = 8
SECONDS = 3.0
ARTICLES = 2000
TICKS = os.sysconf("SC_CLK_TCK")
AGENTS = [
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_{number} like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
    for number in range(200)
]


def empty(environ: dict[str, object], start_response: object) -> list[bytes]:
    """What the beacon is measured against."""
    start_response("204 No Content", [])  # type: ignore[operator]
    return []


class Server:
    def __init__(self, target: str, port: int) -> None:
        self.port = port
        granian = Path(sys.executable).parent / "granian"
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}"}
        self.process = subprocess.Popen(
            [str(granian), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
             "--workers", "1", "--blocking-threads", "1", "--no-ws", "--log-level", "error",
             target],
            env=environment,
        )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{target} does not start")

    def cpu(self) -> float:
        """CPU seconds of the server and its workers so far."""
        family, found = {self.process.pid}, 0.0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) in family or int(stat.parent.name) in family:
                found += (int(fields[11]) + int(fields[12])) / TICKS
        return found

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def requests(articles: range) -> list[bytes]:
    from rankings.beacon import view_token

    rng = random.Random(1)  # noqa: S311
    made = []
    for article in articles:
        body = urlencode({"a": article, "t": view_token(article)})
        address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
        made.append(
            f"POST /v/ HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {rng.choice(AGENTS)}\r\n"
            f"X-Forwarded-For: {address}\r\nAccept: */*\r\nOrigin: http://localhost\r\n"
            "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n"
            "Content-Type: application/x-www-form-urlencoded;charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return made


def ask(port: int, made: list[bytes], until: float, answered: list[int]) -> None:
    """Asks over one connection, one request after the other."""
    count = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < until:
            connection.sendall(made[count % len(made)])
            answer = connection.recv(4096)
            if not answer.startswith(b"HTTP/1.1 204"):
                raise RuntimeError(answer.decode())
            count += 1
    answered.append(count)


def load(server: Server, made: list[bytes]) -> tuple[int, float]:
    """Requests answered and CPU seconds that they took."""
    before = server.cpu()
    answered: list[int] = []
    until = time.monotonic() + SECONDS
    askers = [
        threading.Thread(
            target=ask, args=(server.port, made[place:] + made[:place], until, answered)
        )
        for place in range(0, ARTICLES, ARTICLES // CONNECTIONS)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    if len(answered) != len(askers):
        raise RuntimeError("a connection failed")
    return sum(answered), server.cpu() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8140)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    grounds = Grounds("http", "sqlite", TRUSTED_PROXIES="1", LOG_LEVEL="ERROR")
    servers: dict[str, Server] = {}
    try:
        (grounds.folder / "static").mkdir(exist_ok=True)
        made = requests(range(1, ARTICLES + 1))
        servers["empty"] = Server("beacon_http:empty", options.port)
        servers["beacon"] = Server("newsportal.wsgi:application", options.port + 1)
        rounds: dict[str, list[tuple[int, float]]] = {name: [] for name in servers}
        for server in servers.values():
            load(server, made)
        for _ in range(options.rounds):
            for name, server in servers.items():
                rounds[name].append(load(server, made))
        by_cpu = {
            name: sum(count for count, _ in found) / sum(cpu for _, cpu in found)
            for name, found in rounds.items()
        }
        ratios = sorted(
            (beacon[0] / beacon[1]) / (nothing[0] / nothing[1])
            for beacon, nothing in zip(rounds["beacon"], rounds["empty"], strict=True)
        )
        stored = sum(file.stat().st_size for file in (grounds.folder / "spool").glob("*.v1")) // 64
        write_results(
            "beacon_http",
            {
                "server": "granian, wsgi, 1 worker, 1 blocking thread",
                "connections": CONNECTIONS,
                "requests_per_cpu_second": {name: round(value) for name, value in by_cpu.items()},
                "requests_per_second": {
                    name: round(sum(count for count, _ in found) / len(found) / SECONDS)
                    for name, found in rounds.items()
                },
                "beacon_to_empty": round(by_cpu["beacon"] / by_cpu["empty"], 3),
                "beacon_to_empty_by_round": [round(ratio, 3) for ratio in ratios],
                "records_stored": stored,
            },
        )
    finally:
        for server in servers.values():
            server.stop()
        grounds.tear_down()


if __name__ == "__main__":
    main()
