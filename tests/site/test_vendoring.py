"""What the site holds of others: the files against their digests, the notices, and the command on a false registry."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from kg.site import vendoring
from kg.site.vendoring import (
    NOTICES,
    ROOT,
    TRANSFORMS,
    Package,
    VendoredFile,
    VendorError,
    differences,
    fetched,
    member,
    notices,
    packages,
    points_of_divisions,
    sha256,
)

FILES = [(package, file) for package in packages() for file in package.files]


def test_the_files_are_those_of_the_manifest() -> None:
    assert differences() == []


def test_no_file_is_there_that_the_manifest_does_not_name() -> None:
    named = {file.path for _, file in FILES}
    for folder in ("src/kg/site/static/vendor", "tests/site/vendor"):
        assert {f"{folder}/{path.name}" for path in (ROOT / folder).iterdir()} <= named


@pytest.mark.parametrize(("package", "file"), FILES, ids=lambda value: getattr(value, "path", ""))
def test_a_changed_file_is_found(
    package: Package, file: VendoredFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _, other in FILES:
        path = tmp_path / other.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((ROOT / other.path).read_bytes() + (b" " if other is file else b""))
    monkeypatch.setattr(vendoring, "ROOT", tmp_path)
    assert differences() == [f"{file.path} is not the file of {package.name}@{package.version} that vendor.toml names"]
    (tmp_path / file.path).unlink()
    assert differences() == [f"{file.path} is missing; run python -m kg.site.vendoring"]


def test_each_package_is_pinned() -> None:
    for package in packages():
        assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", package.version)
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)
        assert all(re.fullmatch(r"[0-9a-f]{64}", file.sha256) for file in package.files)
        assert all(file.transform in TRANSFORMS for file in package.files)


def test_the_notices_hold_each_licence() -> None:
    text = (ROOT / NOTICES).read_text("utf-8")
    sections = dict(re.findall(r"^## (\S+ \S+) \([^)]*\)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    words = {
        "MIT": "Permission is hereby granted",
        "OFL-1.1": "SIL OPEN FONT LICENSE",
        "MPL-2.0": "Mozilla Public License",
    }
    words["Apache-2.0"] = "Apache License"
    for package in packages():
        assert words[package.licence] in sections[f"{package.name} {package.version}"]
        for file in package.files:
            assert f"`{file.path}`" in sections[f"{package.name} {package.version}"]


def test_scripts_name_no_source_map() -> None:
    for _, file in FILES:
        if file.path.endswith((".js", ".css")):
            assert b"sourceMappingURL" not in (ROOT / file.path).read_bytes()[-200:]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a();\n//# sourceMappingURL=a.js.map", b"a();\n"),
        (b"a{}\n/*# sourceMappingURL=a.css.map*/\n", b"a{}\n"),
        (b"x='//# sourceMappingURL='", b"x='//# sourceMappingURL='\n"),
    ],
)
def test_the_line_of_the_source_map_goes(before: bytes, after: bytes) -> None:
    assert TRANSFORMS["without-source-map"](before) == after


def test_points_are_read_from_the_register() -> None:
    points = points_of_divisions((ROOT / vendoring.DIVISIONS).read_text("utf-8"))
    assert len(points) == 77
    assert points["TH-10"] == (100.6041, 13.7279)


# --- Fetching, with a program in the place of npm ---

NPM = """#!{python}
import io, json, sys, tarfile
name = sys.argv[-3] if "--registry" in sys.argv else sys.argv[-1]
if name.startswith("absent"):
    sys.exit(1)
with tarfile.open("made-1.0.0.tgz", "w:gz") as tar:
    entry = tarfile.TarInfo("package/LICENSE")
    entry.size = 6
    tar.addfile(entry, io.BytesIO(b"Do it."))
print(json.dumps([{{"filename": "made-1.0.0.tgz", "registry": sys.argv[-1]}}]))
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `npm` makes an archive of one file."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(NPM.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def package(name: str = "made", digest: str = "", *files: VendoredFile) -> Package:
    return Package(name, "1.0.0", "MIT", "for a test", digest, "LICENSE", files)


@pytest.mark.parametrize("registry", [None, "http://127.0.0.1:9/"])
def test_an_archive_is_fetched_and_read(npm: Path, registry: str | None) -> None:
    archive = fetched(package(), npm, registry)
    assert member(archive, "LICENSE") == b"Do it."
    with pytest.raises(VendorError, match="has no README"):
        member(archive, "README")


def test_what_cannot_be_fetched_is_told(npm: Path) -> None:
    with pytest.raises(VendorError, match=r"absent@1\.0\.0 could not be fetched"):
        fetched(package("absent"), npm, None)


def test_another_archive_than_the_pinned_one_is_not_taken(
    npm: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vendoring, "ROOT", npm)
    monkeypatch.setattr(
        vendoring,
        "packages",
        lambda: [package("made", sha256(b"another"), VendoredFile("LICENSE", "out.txt", "0" * 64))],
    )
    assert vendoring.main([]) == 1
    assert "made@1.0.0 has the SHA-256" in capsys.readouterr().err
    assert not (npm / "out.txt").exists()


def test_notices_of_a_package() -> None:
    made = package("made", "", VendoredFile("a", "b/c.js", ""))
    assert notices([made], {"made": "\nText  \nof it.\n"}).endswith(
        "## made 1.0.0 (MIT)\n\nFor a test.\n\n- `b/c.js`\n\n```text\nText\nof it.\n```\n"
    )


def test_the_command_checks_without_a_network() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-m", "kg.site.vendoring", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_archives_of_npm_are_read_from_their_folder(tmp_path: Path) -> None:
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        entry = tarfile.TarInfo("package/deep/file.json")
        body = json.dumps({"a": 1}).encode()
        entry.size = len(body)
        tar.addfile(entry, io.BytesIO(body))
    assert member(archive, "deep/file.json") == body
