"""The processes of a server: what becomes of it when one of them is killed, how it starts, and how it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from tests.serving.conftest import RUN, SMALL, Serve, Server
from tests.serving.exchange import ENDLESS, ENDLESS_ROWS, alive, metric, until


def workers(server: Server) -> list[psutil.Process]:
    """Return the workers that run."""
    return [process for process in server.processes()[1:] if alive(process)]


def answers(server: Server) -> bool:
    """Whether the server answers a query that it has not seen."""
    query = f"SELECT ({time.monotonic_ns()} AS ?n) {{}}"
    return httpx.get(server.url, params={"query": query}, timeout=10).status_code == 200


def asked(threads: ThreadPoolExecutor, server: Server, query: str, seconds: float = 30) -> "Future[httpx.Response]":
    """Ask a query in a thread, and wait until a worker has it."""
    future = threads.submit(httpx.post, server.url, data={"query": query}, timeout=seconds)
    assert until(lambda: metric(server.address, "kg_workers_busy") > 0)
    return future


def seconds_long(server: Server, least: float) -> str:
    """Return a query that takes at least some seconds, and at most some ten times that, to be answered in one row."""
    for length in range(100, 2000, 60):
        numbers = " ".join(map(str, range(length)))
        product = " ".join(f"VALUES ?{name} {{ {numbers} }}" for name in "abc")
        query = f"SELECT (COUNT(*) AS ?n) {{ {product} }}"
        begin = time.monotonic()
        response = httpx.post(server.url, data={"query": query}, timeout=60)
        assert response.json()["results"]["bindings"][0]["n"]["value"] == f"{length**3}"
        if time.monotonic() - begin >= least:
            return query
    raise AssertionError("no query takes long enough")


def test_a_killed_worker_is_replaced(serve: Serve) -> None:
    server = serve("--timeout", "20", "--workers", "4")
    assert until(lambda: len(workers(server)) == 4)
    idle = workers(server)[0]
    idle.kill()
    assert until(lambda: not alive(idle) and len(workers(server)) == 4)
    with ThreadPoolExecutor(1) as threads:
        running = asked(threads, server, ENDLESS)
        time.sleep(0.1)
        busy = max(workers(server), key=lambda process: sum(process.cpu_times()[:2]))
        busy.kill()
        response = running.result(2)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert until(lambda: len(workers(server)) == 4)
    assert answers(server)
    assert metric(server.address, "kg_workers_replaced_total", reason="lost") == 2


def test_all_workers_killed_at_once(serve: Serve) -> None:
    server = serve()
    assert until(lambda: len(workers(server)) >= 4)
    number = len(workers(server))
    for worker in workers(server):
        worker.kill()
    assert until(lambda: len(workers(server)) == number)
    assert all(answers(server) for _ in range(10))


def test_a_killed_zygote_is_replaced(serve: Serve) -> None:
    server = serve("--timeout", "20")
    assert until(lambda: len(workers(server)) >= 4)
    old = server.processes()
    with ThreadPoolExecutor(1) as threads:
        running = asked(threads, server, ENDLESS)
        old[0].kill()
        assert running.result(3).status_code == 503
    assert until(lambda: not any(alive(process) for process in old))
    assert until(lambda: answers(server), 10)
    assert until(lambda: len(workers(server)) == len(old) - 1)
    assert httpx.get(f"{server.address}/healthz").status_code == 200


def test_questions_wait_for_the_next_zygote(serve: Serve) -> None:
    server = serve()
    assert until(lambda: len(workers(server)) >= 4)
    server.processes()[0].kill()
    assert answers(server)


def test_a_worker_can_open_nothing(serve: Serve) -> None:
    """It has its socket and three ends of nothing; no query makes it read a file or call an address."""
    server = serve()
    assert until(lambda: len(workers(server)) >= 4)
    assert answers(server)
    for worker in workers(server):
        assert worker.num_fds() == 4
        assert worker.net_connections("inet") == []
        assert worker.rlimit(psutil.RLIMIT_NOFILE) == (4, 4)
        assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)


def test_killing_the_server_leaves_no_process(serve: Serve) -> None:
    server = serve("--timeout", "60")
    assert until(lambda: len(workers(server)) >= 4)
    with ThreadPoolExecutor(1) as threads:
        running = asked(threads, server, ENDLESS)
        processes = server.processes()
        server.process.kill()
        with pytest.raises(httpx.TransportError):
            running.result(5)
    assert until(lambda: not any(alive(process) for process in processes))


def refused(server: Server) -> bool:
    """Whether no new connection is taken."""
    try:
        httpx.get(f"{server.address}/healthz", timeout=2)
    except httpx.TransportError:
        return True
    return False


def test_sigterm_lets_answers_be_finished(serve: Serve) -> None:
    server = serve("--timeout", "20")
    query = seconds_long(server, 1)
    processes = server.processes()
    with ThreadPoolExecutor(2) as threads, httpx.Client() as kept:
        kept.get(server.url, params={"query": "ASK {}"})
        first = asked(threads, server, f"{query} # again")
        second = threads.submit(httpx.get, server.url, params={"query": f"{query[:-2]} }} # get"}, timeout=30)
        assert until(lambda: metric(server.address, "kg_workers_busy") == 2)
        server.process.send_signal(signal.SIGTERM)
        assert until(lambda: refused(server), 1)
        assert not first.done()
        assert [first.result().status_code, second.result().status_code] == [200, 200]
        assert first.result().headers["connection"] == "close"
    server.process.wait(3)
    assert server.process.returncode in (0, -signal.SIGTERM)
    assert until(lambda: not any(alive(process) for process in processes))
    assert "Traceback" not in server.log.read_text("utf-8")


ENDINGS: dict[str, tuple[signal.Signals, str, float]] = {
    "Ctrl-C with an endless query": (signal.SIGINT, ENDLESS, 5),
    "Ctrl-C with an endless answer": (signal.SIGINT, ENDLESS_ROWS, 5),
    "SIGTERM with an endless query": (signal.SIGTERM, ENDLESS, 6),
    "SIGTERM with an endless answer": (signal.SIGTERM, ENDLESS_ROWS, 6),
}


def test_signals_end_it_in_time(serve: Serve) -> None:
    """Whatever runs, the server ends soon after Ctrl-C, and with SIGTERM when the deadline of what runs has passed."""

    def end(sent: signal.Signals, query: str, most: float) -> None:
        server = serve("--timeout", "2" if sent == signal.SIGTERM else "30")
        processes = server.processes()
        with ThreadPoolExecutor(1) as threads:
            running = asked(threads, server, query)
            begin = time.monotonic()
            server.process.send_signal(sent)
            server.process.wait(most + 10)
            assert time.monotonic() - begin < most + 5
            if query == ENDLESS:
                assert running.result(3).status_code in (503, 504)
            else:
                with pytest.raises(httpx.TransportError):
                    running.result(3)
        assert until(lambda: not any(alive(process) for process in processes))
        assert "Traceback" not in server.log.read_text("utf-8")

    with ThreadPoolExecutor(len(ENDINGS)) as threads:
        for done in [threads.submit(end, *ending) for ending in ENDINGS.values()]:
            done.result()


# What is done to a copy of the small tree, and what is said of it.
DAMAGE: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no Turtle": (
        lambda root: (root / "data/register/piers.ttl").write_text("@prefix a: <http://a/> .\na:b a:c ;;\n a:d 1 .\n"),
        ["data/register/piers.ttl:2:9: violation syntax: "],
    ),
    "not UTF-8": (
        lambda root: (root / "data/register/piers.ttl").write_bytes(b'<http://a/a> <http://a/b> "\xff" .'),
        ["data/register/piers.ttl:1:"],
    ),
    "two broken files": (
        lambda root: [
            (root / name).write_text("<http://a/a> <http://a/b> .\n")
            for name in ("data/register/piers.ttl", "data/sources/timetable-2560.ttl")
        ],
        ["data/register/piers.ttl:1:", "data/sources/timetable-2560.ttl:1:"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_broken_data_are_not_served(tmp_path: Path, name: str) -> None:
    """The findings are told on standard output as `kg validate` tells them, and the exit code is 3."""
    damage, lines = DAMAGE[name]
    root = tmp_path / "tree"
    shutil.copytree(SMALL, root)
    damage(root)
    command = [sys.executable, "-c", RUN, "serve", "--port", "0", "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=30, check=False)
    assert done.returncode == 3, done.stderr
    assert "Serving on" not in done.stdout
    for line in lines:
        assert line in done.stdout
    assert "Traceback" not in done.stderr


def test_two_files_of_one_stem_are_not_served(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(SMALL, root)
    shutil.copy(root / "data/register/piers.ttl", root / "data/sources/piers.ttl")
    command = [sys.executable, "-c", RUN, "serve", "--port", "0", "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=30, check=False)
    assert done.returncode == 3, done.stdout
    assert "piers.ttl: another file has the same stem" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


OPTIONS = [
    (["--timeout", "0"], "timeout"),
    (["--timeout", "soon"], "timeout"),
    (["--workers", "0"], "workers"),
    (["--port", "70000"], "port"),
    (["--memory", "1"], "memory"),
    (["--cache", "-1"], "cache"),
    (["--queue", "0"], "queue"),
]


@pytest.mark.parametrize(("options", "name"), OPTIONS)
def test_options_out_of_their_bounds(options: list[str], name: str) -> None:
    command = [sys.executable, "-c", RUN, "serve", *options]
    environment = os.environ | {"NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--{name}" in done.stderr
