"""Requests a second and latencies, measured with the load generator `wrk`."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.endpoint.workload import address

SCRIPT: Final = """
local paths = {PATHS}
local requests, last, client = {}, 0, 0
wrk.headers["Accept"] = "ACCEPT"
wrk.headers["Accept-Encoding"] = "identity"
init = function()
  for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
end
request = function()
  last = last % #requests + 1
  if not DIFFERENT then return requests[last] end
  client = client + 1
  return requests[last]:sub(1, -3) .. "User-Agent: client-" .. client .. "\\r\\n\\r\\n"
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "refused": %d, "broken": %d, "microseconds": %d, ' ..
    '"p50": %d, "p99": %d, "max": %d, "mean": %.3f}\\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99), latency.max, latency.mean))
end
"""


@dataclass(frozen=True)
class Measurement:
    """One round.

    `answered` requests got a status below 400, `refused` others; `broken` connections failed. `p50`, `p99`
    and `longest` are latencies of all responses in milliseconds, or None when there is no response. `hidden` is the
    share, 0 to 1, of the time of all connections that is in none of these latencies: mostly that of requests that had
    no response when the round ended. Where it is large, the latencies are those of the lucky ones.
    """

    answered: int
    refused: int
    broken: int
    seconds: float
    p50: float | None
    p99: float | None
    longest: float | None
    hidden: float

    @property
    def responses(self) -> int:
        """Return the number of responses that the latencies are of."""
        return self.answered + self.refused

    @property
    def rate(self) -> float:
        """Return the answered requests a second; requests that are unfinished at the end do not count."""
        return self.answered / self.seconds


def measure(
    url: str, queries: Sequence[str], accept: str, connections: int, seconds: float, *, different: bool = False
) -> Measurement:
    """Ask an endpoint these queries by GET, again from the first after the last, on so many connections at a time.

    All connections share the one sequence. With `different` each request has a User-Agent of its own, as if each came
    from another client; else requests for one query are the same to the byte.

    Raises RuntimeError when wrk fails, FileNotFoundError when there is none.
    """
    host = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    paths = ",".join(f'"{address(url, query).removeprefix(host)}"' for query in queries)
    script = SCRIPT.replace("PATHS", paths).replace("ACCEPT", accept).replace("DIFFERENT", str(different).lower())
    with tempfile.TemporaryDirectory(prefix="wrk-") as folder:
        file = Path(folder) / "requests.lua"
        file.write_text(script)
        length = max(1, round(seconds))
        # Longer than the round, so that a request under way at the end is no error. wrk keeps a counter for each
        # microsecond up to the limit, so it cannot be endless.
        options = ["--threads", "1", "--connections", str(connections), "--timeout", f"{length + 2}s"]
        command = ["wrk", *options, "--script", str(file), "--duration", f"{length}s", url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if done.returncode or line is None:
        raise RuntimeError(f"wrk: {(done.stderr or done.stdout).strip()}")
    result = json.loads(line.removeprefix("RESULT "))
    responses = result["requests"] > 0
    return Measurement(
        answered=result["requests"] - result["refused"],
        refused=result["refused"],
        broken=result["broken"],
        seconds=result["microseconds"] / 1e6,
        p50=result["p50"] / 1000 if responses else None,
        p99=result["p99"] / 1000 if responses else None,
        longest=result["max"] / 1000 if responses else None,
        hidden=max(0.0, 1 - result["requests"] * result["mean"] / (result["microseconds"] * connections)),
    )
