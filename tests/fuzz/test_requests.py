"""A short run of the fuzzer; longer ones are run by hand."""

from pathlib import Path

from tests.fuzz.requests import fuzz
from tests.serving.conftest import RUN, SMALL, served
from tests.serving.exchange import until


def test_a_few_seconds(tmp_path: Path) -> None:
    command = ("-c", RUN, "serve", "--port", "0", "--root", str(SMALL), "--timeout", "1")
    with served(tmp_path / "log", *command) as server:
        assert until(lambda: len(server.processes()) > 4)
        statuses = fuzz(server, 4, seed=1)
    assert statuses[200] > 20
    assert statuses[400] > 20
