"""Pages of readers: what they cost, and how soon a change shows.

    python bench/pages.py [--seconds 4] [--rounds 5] [--trials 1000]

Ratios of requests per CPU-second (user and system time of the server's whole process tree), the
kinds taken in turns: nginx sending the same 500 pages from files, granian with the page cache,
nginx with its pages in front of granian. Then: 100 readers at once on a cold page; how soon a
withdrawal and a return show on a second host and through nginx; memory with 2,000 pages.

Needs nginx, wrk (Debian package `wrk`) and PostgreSQL (BENCH_POSTGRES_URL).
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounds import ROOT, Grounds, write_results

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESSES = 500
ARTICLES = 2100
KEPT = 2000
CONNECTIONS = 16
TICKS = os.sysconf("SC_CLK_TCK")
# Looked at this long after a change: no old answer may come any more.
WATCHED = 2.6
BOUNDS = {"origin": 1.0, "nginx": 2.0}
# So many articles are changed at the same time: a thousand trials would take an hour otherwise.
SIDE_BY_SIDE = 10

WRK = """
local paths, at = {}, 0
for line in io.lines("%s") do paths[#paths + 1] = line end
function setup(thread) end
function init(arguments) math.randomseed(os.time()); at = math.random(#paths) end
function request()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at], {["Accept-Encoding"] = "%s"})
end
"""


def family_of(pid: int) -> set[int]:
    """A process and all that it started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def cpu_of(pids: list[int]) -> float:
    """CPU seconds so far of these processes and all that they started."""
    ticks = 0
    for one in set().union(*(family_of(pid) for pid in pids)):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def ask(port: int, path: str, accepted: str = "br") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": accepted})
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return response.status, fields, response.read()
    finally:
        connection.close()


@contextmanager
def web_host(folder: Path, **environment: str) -> Iterator[tuple[int, int]]:
    """Granian as the Procfile starts it; its port and process."""
    from tests.nginx import wait_for
    from tests.portal import free_port

    port = free_port()
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi",
         "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "1",
         "--log-level", "warning", "--no-ws", "newsportal.wsgi:application"],
        env=os.environ | {"VAR_DIR": str(folder), "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
        # A withdrawn page is a line in the log each time.
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(port, process)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def load(port: int, script: Path, seconds: float) -> tuple[int, int]:
    """Requests answered by wrk's count, and how many of them were no page."""
    said = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script),
         f"http://127.0.0.1:{port}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return int(re.search(r"(\d+) requests in", said)[1]), int(wrong[1]) if wrong else 0  # type: ignore[index]


def throughput(kinds: dict[str, Any], rounds: int, seconds: float) -> dict[str, Any]:
    """`kinds`: name to port, wrk script and processes."""
    found: dict[str, list[float]] = {name: [] for name in kinds}
    walls: dict[str, list[float]] = {name: [] for name in kinds}
    loads = []
    for _ in range(rounds):
        loads.append(os.getloadavg()[0])
        for name, (port, script, pids) in kinds.items():
            before = cpu_of(pids)
            count, wrong = load(port, script, seconds)
            if wrong:
                raise RuntimeError(f"{name}: {wrong} answers were no pages")
            found[name].append(count / (cpu_of(pids) - before))
            walls[name].append(count / seconds)
    first = next(iter(kinds))
    ratios = {
        name: sorted(round(one / all_, 3) for one, all_ in zip(values, found[first], strict=True))
        for name, values in found.items()
    }
    return {
        "load_average_by_round": [round(value, 1) for value in loads],
        "connections": CONNECTIONS,
        "requests_per_cpu_second": {
            name: round(statistics.median(values)) for name, values in found.items()
        },
        "requests_per_second": {
            name: round(statistics.median(values)) for name, values in walls.items()
        },
        f"ratio_to_{first}": {name: statistics.median(values) for name, values in ratios.items()},
        "ratio_by_round": ratios,
    }


def read(port: int, path: str, gate: threading.Barrier, found: list[dict[str, str]]) -> None:
    gate.wait()
    found.append(ask(port, path)[1])


def herd(ports: dict[str, int], paths: list[str], each: int = 5) -> dict[str, Any]:
    """100 readers at the same moment on a page that nobody has: how often it is rendered."""
    answers: dict[str, Any] = {}
    for place, (name, port) in enumerate(ports.items()):
        rendered, seconds = [], []
        for path in paths[place * each : (place + 1) * each]:
            found: list[dict[str, str]] = []
            gate = threading.Barrier(100)

            def one(
                path: str = path, gate: Any = gate, found: Any = found, port: int = port
            ) -> None:
                gate.wait()
                found.append(ask(port, path)[1])

            began = time.monotonic()
            readers = [threading.Thread(target=one) for _ in range(100)]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
            seconds.append(round(time.monotonic() - began, 2))
            if len(found) < 100:
                raise RuntimeError("a reader got no answer")
            # Behind nginx all carry the mark of the one answer that it fetched.
            asked = [f for f in found if f.get("x-cache", "MISS") == "MISS"]
            rendered.append(sum(f["cache-status"] == "newsportal; fwd=uri-miss" for f in asked))
        answers[name] = {"renderings": rendered, "seconds": seconds}
    return answers


class Watch:
    """Asks a port for a page all the time after a change, and notes which answers were old.

    An answer is old when it shows the former state; its age is from the commit to the moment when
    it was asked for.
    """

    def __init__(self, bound: float) -> None:
        self.bound = bound
        self.until: list[float] = []
        self.answers = self.late = self.wrong_at_the_end = 0
        self._lock = threading.Lock()

    def follow(self, port: int, path: str, wanted: int, changed: float) -> None:
        last, number, late, status = 0.0, 0, 0, 0
        while (began := time.monotonic()) - changed < WATCHED:
            status = ask(port, path)[0]
            number += 1
            if status != wanted:
                last = began - changed
                late += last > self.bound
            time.sleep(0.04)
        with self._lock:
            self.until.append(last)
            self.answers += number
            self.late += late
            self.wrong_at_the_end += status != wanted

    def report(self) -> dict[str, Any]:
        ages = sorted(self.until)
        return {
            "old_answers_until_s": {
                "median": round(statistics.median(ages), 3),
                "p99": round(ages[int(len(ages) * 0.99)], 3),
                "largest": round(ages[-1], 3),
            },
            "answers": self.answers,
            f"old_answers_after_{self.bound:g}_s": self.late,
            "wrong_at_the_end": self.wrong_at_the_end,
        }


def visible(
    ports: dict[str, int], trials: int, ids: list[int], everywhere: list[int]
) -> dict[str, Any]:
    """Withdraws and restores by turns, ten articles at a time, and watches each."""
    from articles import publishing
    from articles.models import Article

    watches = {name: Watch(BOUNDS[name]) for name in ports}
    for start in range(0, trials, SIDE_BY_SIDE):
        threads = []
        for number in range(start, min(start + SIDE_BY_SIDE, trials)):
            pk = ids[number // (2 * SIDE_BY_SIDE) * SIDE_BY_SIDE + number % SIDE_BY_SIDE]
            path = f"/articles/{pk}/"
            is_gone = number // SIDE_BY_SIDE % 2 == 0
            # Everybody has the page as it stands.
            for port in everywhere:
                ask(port, path)
            article = Article.objects.get(pk=pk)
            if is_gone:
                publishing.withdraw(article, by=None, reason="計測")
            else:
                publishing.restore(article, by=None)
            changed = time.monotonic()
            for name, watch in watches.items():
                told = (ports[name], path, 410 if is_gone else 200, changed)
                threads.append(threading.Thread(target=watch.follow, args=told))
                threads[-1].start()
        for thread in threads:
            thread.join()
    return {"trials": trials, **{name: watch.report() for name, watch in watches.items()}}


def memory(port: int, pid: int, paths: list[str]) -> dict[str, Any]:
    """Proportional and private memory of each web process once it keeps 2,000 pages."""
    before = {worker: smaps(worker) for worker in family_of(pid) - {pid}}
    # Each worker takes the connections that it gets: asked often enough both have them all.
    for _ in range(4):
        for path in paths:
            ask(port, path)
    after = {worker: smaps(worker) for worker in family_of(pid) - {pid}}
    return {
        "pages": len(paths),
        "before_mb": [fields for worker, fields in before.items() if fields["Rss"] > 25],
        "after_mb": [fields for worker, fields in after.items() if fields["Rss"] > 25],
    }


def smaps(pid: int) -> dict[str, float]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    wanted = ("Rss", "Pss", "Private_Dirty")
    return {name: round(int(re.search(rf"^{name}: +(\d+)", text, re.MULTILINE)[1]) / 1024, 1)  # type: ignore[index]
            for name in wanted}  # fmt: skip


@contextmanager
def files_server(folder: Path) -> Iterator[tuple[int, int]]:
    """nginx with nothing but a folder of files: what everything is compared with."""
    from tests.nginx import NGINX, _temporary, _user, wait_for
    from tests.portal import free_port

    port = free_port()
    place = folder / "plain"
    place.mkdir()
    (place / "nginx.conf").write_text(
        f"{_user()}worker_processes auto; pid {place}/pid; error_log {place}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ {_temporary(place)} include /etc/nginx/mime.types; sendfile on; tcp_nopush on;"
        f" access_log off; server {{ listen 127.0.0.1:{port}; root {folder}/files; }} }}\n"
    )
    process = subprocess.Popen(
        [str(NGINX), "-e", "stderr", "-c", str(place / "nginx.conf"), "-g", "daemon off;"]
    )
    try:
        wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def nginx_before(folder: Path, ports: list[int], cache: Path) -> Iterator[tuple[int, int]]:
    """nginx with the configuration of deploy/; its port and process."""
    from urllib.parse import urlsplit

    from tests.nginx import running

    with running(folder, ports, folder, cache) as url:
        yield urlsplit(url).port or 0, int((folder / "nginx" / "nginx.pid").read_text())


def script(folder: Path, name: str, paths: list[str], accepted: str) -> Path:
    (folder / f"{name}.txt").write_text("\n".join(paths) + "\n")
    (folder / f"{name}.lua").write_text(WRK % (folder / f"{name}.txt", accepted))
    return folder / f"{name}.lua"


def versions() -> dict[str, str]:
    import django
    import granian

    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    return {
        "nginx": nginx.strip().rpartition("/")[2],
        "granian": granian.__version__,
        "django": django.__version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--only", default="throughput,herd,visible,memory")
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    for program in ("wrk", "nginx"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is missing (on Debian: apt-get install {program}).")
    parts = options.only.split(",")
    # Nothing but the pages is measured: no second Redis, no proxies, no weather.
    grounds = Grounds("pages", "postgres", LOG_LEVEL="ERROR", WEATHER_ENABLED="0")
    results: dict[str, Any] = {}
    try:
        from tests.nginx import pages_folder

        results = measure(grounds, options, parts, pages_folder)
    finally:
        grounds.tear_down()
    if set(parts) == {"throughput", "herd", "visible", "memory"}:
        write_results("pages", {"versions": versions(), **results})
    else:
        print(results)


def measure(grounds: Grounds, options: Any, parts: list[str], pages_folder: Any) -> dict[str, Any]:
    from django.core.management import call_command

    from articles.models import Article

    folder = grounds.folder
    call_command("collectstatic", "--noinput", verbosity=0)
    call_command("loaddemo", "--articles", str(ARTICLES), verbosity=0)
    ids = list(Article.objects.public().order_by("-publish_at").values_list("pk", flat=True))
    paths = [f"/articles/{pk}/" for pk in ids]
    other = folder / "second"
    other.mkdir()
    shutil.copytree(folder / "static", other / "static")
    cache = pages_folder(folder / "run")
    results: dict[str, Any] = {}
    with ExitStack() as stack:
        near, near_pid = stack.enter_context(web_host(folder, NGINX_CACHE_DIR=str(cache)))
        nginx, nginx_pid = stack.enter_context(nginx_before(folder, [near], cache))
        if "throughput" in parts:
            few = paths[:ADDRESSES]
            for number, path in enumerate(few):
                file = folder / "files" / f"{number}.html"
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(ask(near, path, "identity")[2])
            files, files_pid = stack.enter_context(files_server(folder))
            sizes = [ask(near, path)[1]["content-length"] for path in few]
            results["bytes"] = {
                "plain": round(statistics.mean(len(ask(near, p, "identity")[2]) for p in few)),
                "br": round(statistics.mean(map(int, sizes))),
            }
            static = script(folder, "static", [f"/{n}.html" for n in range(ADDRESSES)], "br")
            pages = script(folder, "pages", few, "gzip, deflate, br, zstd")
            kinds = {
                "nginx_static": (files, static, [files_pid]),
                "embedded": (near, pages, [near_pid]),
                "nginx_in_front": (nginx, pages, [nginx_pid, near_pid]),
            }
            for port, lua, _ in kinds.values():
                load(port, lua, 5)
            results["throughput"] = throughput(kinds, options.rounds, options.seconds)
        if "herd" in parts:
            ports = {"embedded": near, "nginx_in_front": nginx}
            results["herd_of_100"] = herd(ports, paths[ADDRESSES:])
        if "visible" in parts:
            far, _ = stack.enter_context(web_host(other))
            # nginx asks both hosts; the desk is on neither: its bell is heard nowhere.
            place = folder / "both"
            two = stack.enter_context(nginx_before(place, [near, far], cache))[0]
            from django.conf import settings

            settings.PAGE_CACHE_BELL = folder / "elsewhere"
            results["visible"] = visible(
                {"origin": far, "nginx": two}, options.trials, ids[ADDRESSES:], [near, far, two]
            )
    if "memory" in parts:
        with web_host(folder) as (port, pid):
            results["memory"] = memory(port, pid, paths[:KEPT])
    return results


if __name__ == "__main__":
    main()
