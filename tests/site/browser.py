"""A real browser for the tests: Chromium, headless and without a network, driven by its DevTools protocol."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
)
PATIENCE = 30.0
"""Seconds after which a step is given up as a failure."""


def program() -> str | None:
    """Return the path of a browser, or None where there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


class Page:
    """One page of a browser, with what it logged and what it asked of hosts."""

    def __init__(self, process: "subprocess.Popen[bytes]", write: int, read: int) -> None:
        self._process = process
        self._write = write
        self._read = read
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.console: list[str] = []
        self.requests: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def _message(self, until: float) -> dict[str, Any]:
        """Return the next message of the browser."""
        while b"\0" not in self._buffer:
            remaining = until - time.monotonic()
            if remaining <= 0 or not select.select([self._read], [], [], remaining)[0]:
                raise AssertionError("the browser does not answer")
            piece = os.read(self._read, 65536)
            if not piece:
                raise AssertionError("the browser has ended")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        self._note(found)
        return found

    def _note(self, message: dict[str, Any]) -> None:
        """Keep what the page logs and asks for."""
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.consoleAPICalled" and parameters["type"] in {"error", "warning", "assert"}:
            self.console.append(" ".join(str(value.get("value", value)) for value in parameters["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(parameters["exceptionDetails"].get("exception", {}).get("description")))
        elif method == "Log.entryAdded":
            self.console.append(f"{parameters['entry']['level']}: {parameters['entry']['text']}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def send(self, command: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": command, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            found = self._message(until)
            if found.get("id") == self._number:
                assert "error" not in found, found["error"]
                result: dict[str, Any] = found["result"]
                return result

    def wait(self, event: str) -> None:
        """Wait for an event of the protocol."""
        until = time.monotonic() + PATIENCE
        while self._message(until).get("method") != event:
            pass

    def open(self, address: str, *, width: int = 1280, dark: bool = False, script: bool = True) -> None:
        """Open an address and wait until it is loaded, with its fonts; forget what was logged before."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        self.console.clear()
        self.requests.clear()
        self.send("Page.navigate", url=address)
        self.wait("Page.loadEventFired")
        if script:
            self.evaluate("document.fonts.ready.then(() => true)")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript, awaited where it is a promise."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, expression: str) -> Any:
        """Wait until an expression is true, and return its value."""
        end = time.monotonic() + PATIENCE
        while not (found := self.evaluate(expression)):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)
        return found

    def press(self, key: str, *, code: int = 0, modifiers: int = 0) -> None:
        """Press a key; `modifiers` are 1 for Alt, 2 for Ctrl, 4 for Meta, 8 for Shift."""
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        text = {"text": "\r"} if key == "Enter" and not modifiers else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", **pressed, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def write(self, text: str) -> None:
        """Write a text where the cursor is."""
        self.send("Input.insertText", text=text)

    def screenshot(self, path: Path) -> None:
        """Keep a picture of the whole page."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def printed(self) -> bytes:
        """Return the page as PDF."""
        return base64.b64decode(self.send("Page.printToPDF")["data"])


@contextmanager
def browsing(folder: Path) -> Iterator[Page]:
    """Run a browser that keeps its files in a folder, and give a page of it."""
    found = program()
    assert found is not None
    into_read, into_write = os.pipe()
    from_read, from_write = os.pipe()

    def connect() -> None:
        commands, answers = fcntl.fcntl(into_read, fcntl.F_DUPFD, 20), fcntl.fcntl(from_write, fcntl.F_DUPFD, 20)
        os.dup2(commands, 3)  # where the browser reads
        os.dup2(answers, 4)  # where it writes

    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            [found, *OPTIONS, f"--user-data-dir={folder / 'profile'}"],
            stdout=log,
            stderr=log,
            close_fds=False,
            preexec_fn=connect,  # noqa: PLW1509  # the only way to give it files 3 and 4
        )
    os.close(into_read)
    os.close(from_write)
    try:
        yield Page(process, into_write, from_read)
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait(10)
            os.close(into_write)
            os.close(from_read)
