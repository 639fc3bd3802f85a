"""What the site holds of others: fetched by npm, checked by digests, written where the site finds it.

    python -m kg.site.vendoring            fetch the packages of vendor.toml and write their files and the notices
    python -m kg.site.vendoring --check    compare the files that are there with the digests; needs no network

`--registry ADDRESS`, or npm's own configuration, says where the packages come from. `--write-digests` puts the digests
of what was fetched into vendor.toml, for a new version that has been looked at. It runs in a checkout only.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.site.charts.outlines import outlines

ROOT: Final = Path(__file__).resolve().parents[3]
"""The checkout."""

MANIFEST: Final = Path(__file__).with_name("vendor.toml")
NOTICES: Final = "THIRD_PARTY_NOTICES.md"
DIVISIONS: Final = "data/register/divisions.ttl"

_POINT: Final = re.compile(r"geometry:(TH-\d+)-label a\b[^.]*?POINT\((-?[0-9.]+) (-?[0-9.]+)\)", re.DOTALL)


class VendorError(Exception):
    """A package or a file is not what the manifest says."""


@dataclass(frozen=True)
class VendoredFile:
    """A file of a package: `member` in its archive, `path` in the checkout, the SHA-256 of what stands there."""

    member: str
    path: str
    sha256: str
    transform: str = ""


@dataclass(frozen=True)
class Package:
    """A package of the manifest. `notice` is the member with the licence text, or a package that has it."""

    name: str
    version: str
    licence: str
    purpose: str
    sha256: str
    notice: str
    files: tuple[VendoredFile, ...]


def packages(manifest: Path = MANIFEST) -> list[Package]:
    """Return the packages of a manifest, in its order."""
    return [
        Package(
            **{key: value for key, value in entry.items() if key != "file"},
            files=tuple(VendoredFile(**file) for file in entry.get("file", ())),
        )
        for entry in tomllib.loads(manifest.read_text("utf-8"))["package"]
    ]


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def points_of_divisions(turtle: str) -> dict[str, tuple[float, float]]:
    """Return the label positions of the divisions: code to longitude and latitude in degrees."""
    return {code: (float(east), float(north)) for code, east, north in _POINT.findall(turtle)}


def _without_source_map(data: bytes) -> bytes:
    """Return a script or a style sheet without the line that names its source map."""
    kept = re.sub(rb"(?m)^(?://# sourceMappingURL=.*|/\*# sourceMappingURL=.*\*/)$", b"", data)
    return kept.rstrip() + b"\n"


def _outlines(data: bytes) -> bytes:
    """Return the outlines of the divisions as JSON, from TopoJSON."""
    points = points_of_divisions((ROOT / DIVISIONS).read_text("utf-8"))
    return (json.dumps(outlines(json.loads(data), points), indent=0) + "\n").encode()


TRANSFORMS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "": lambda data: data,
    "without-source-map": _without_source_map,
    "outlines": _outlines,
}
"""What may be made of a member, by the name in the manifest."""


def fetched(package: Package, folder: Path, registry: str | None) -> Path:
    """Fetch the archive of a package into a folder and return its path. Raises VendorError when npm fails."""
    command = ["npm", "pack", "--json", "--silent", f"{package.name}@{package.version}"]
    if registry:
        command += ["--registry", registry]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise VendorError(f"{package.name}@{package.version} could not be fetched by npm: {error}") from error
    return folder / str(json.loads(done.stdout)[0]["filename"]).replace("@", "").replace("/", "-")


def member(archive: Path, name: str) -> bytes:
    """Return a file of an archive of npm. Raises VendorError when it is not there."""
    with tarfile.open(archive) as tar:
        try:
            found = tar.extractfile(f"package/{name}")
        except KeyError:
            found = None
        if found is None:
            raise VendorError(f"{archive.name} has no {name}")
        return found.read()


def notices(entries: Sequence[Package], texts: Mapping[str, str]) -> str:
    """Return the notices: of each package its name, version, licence, what it is for, and the whole licence text.

    `texts` maps the names of packages to licence texts.
    """
    lines = [
        "# Third-party notices",
        "",
        "The site and its tests hold files of the packages below. Each comes under its own licence, which follows.",
        "The outlines of the provinces are made from Natural Earth, which is in the public domain.",
    ]
    for package in entries:
        text = "\n".join(line.rstrip() for line in texts[package.name].strip().splitlines())
        lines += [
            "",
            f"## {package.name} {package.version} ({package.licence})",
            "",
            f"{package.purpose.capitalize()}.",
        ]
        for file in package.files:
            lines.append(f"\n- `{file.path}`" if file is package.files[0] else f"- `{file.path}`")
        lines += ["", "```text", text, "```"]
    return "\n".join(lines) + "\n"


def vendor(registry: str | None, *, write_digests: bool) -> None:
    """Fetch all packages and write their files and the notices. Raises VendorError before anything is written."""
    entries = packages()
    manifest = MANIFEST.read_text("utf-8")
    digests: list[str] = []
    written: dict[Path, bytes] = {}
    texts: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        for package in entries:
            archive = fetched(package, Path(name), registry)
            digests.append(
                _agreed(f"{package.name}@{package.version}", archive.read_bytes(), package.sha256, write_digests)
            )
            for file in package.files:
                data = TRANSFORMS[file.transform](member(archive, file.member))
                digests.append(_agreed(file.path, data, file.sha256, write_digests))
                written[ROOT / file.path] = data
            if not any(other.name == package.notice for other in entries):
                texts[package.name] = member(archive, package.notice).decode("utf-8")
    for package in entries:
        texts.setdefault(package.name, texts.get(package.notice, ""))
    for path, data in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (ROOT / NOTICES).write_text(notices(entries, texts), "utf-8")
    if write_digests:
        found = iter(digests)
        MANIFEST.write_text(re.sub(r'(?m)^sha256 = ".*"$', lambda _: f'sha256 = "{next(found)}"', manifest), "utf-8")


def _agreed(name: str, data: bytes, expected: str, write_digests: bool) -> str:
    """Return the digest of data. Raises VendorError when it is not the expected one, unless that is to be written."""
    found = sha256(data)
    if found != expected and not write_digests:
        raise VendorError(f"{name} has the SHA-256 {found}, not {expected or 'any'} of vendor.toml")
    return found


def differences() -> list[str]:
    """Return a sentence for each file of the manifest that is missing or another one."""
    found = []
    for package in packages():
        for file in package.files:
            path = ROOT / file.path
            if not path.is_file():
                found.append(f"{file.path} is missing; run python -m kg.site.vendoring")
            elif sha256(path.read_bytes()) != file.sha256:
                found.append(f"{file.path} is not the file of {package.name}@{package.version} that vendor.toml names")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 1 when something is not as the manifest says."""
    parser = argparse.ArgumentParser(prog="python -m kg.site.vendoring", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only; needs no network")
    parser.add_argument("--registry", help="where npm is to fetch from")
    parser.add_argument(
        "--write-digests", action="store_true", help="put the digests of what is fetched into vendor.toml"
    )
    options = parser.parse_args(arguments)
    try:
        if not options.check:
            vendor(options.registry, write_digests=options.write_digests)
        found = differences()
    except VendorError as error:
        found = [str(error)]
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
