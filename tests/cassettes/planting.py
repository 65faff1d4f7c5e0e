"""A repository of its own with a cassette, for secrets to be planted in."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .library import Yaml
from .provenance import CONTRACT, FOLDER, dated
from .sanitise import VERSION
from .sanitise.requests import HOME
from .versions import ROOT

HERE = FOLDER.relative_to(ROOT)
API = HOME.base_url(None)
GOOD = Yaml.serialize(
    {
        "metadata": {
            "recorded_from": "simulator",
            "contract": CONTRACT,
            "sanitiser": VERSION,
            "date": dated(0),
            "answered_ms": [0],
            "given": {"work": "80000000000000001"},
        },
        "interactions": [
            {
                "request": {"method": "GET", "uri": f"{API}/chats/80000000000000002/pins", "body": "", "headers": {}},
                "response": {
                    "status": {"code": 200, "message": "OK"},
                    "headers": {"content-type": ["application/json"]},
                    "body": {"string": '{"type":"chat.pin","data":{"chat_id":"80000000000000001"}}'},
                },
            }
        ],
        "version": 1,
    }
).encode()
"""A cassette as it should be."""
PLANTED = "1000.8cb99d4c0ffee00"
LEAKING = GOOD.replace(b'"chat.pin"', f'"{PLANTED}"'.encode())
FORMER = GOOD.replace(b"sanitiser: %d" % VERSION, b"sanitiser: 1").replace(b"8000000000000000", b"700000000000000000")
"""The same as version 1 of the sanitisers left it."""
OWN = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **{f"GIT_{who}_{what}": "a@b.test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
"""An environment in which git goes by nothing but the repository."""


class Repository:
    """A repository of its own with a cassette."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cassette = root / HERE / "pinChat" / "200.yaml"
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, env=OWN, capture_output=True, text=True, check=True).stdout.strip()

    def write(self, content: bytes, path: Path | None = None) -> None:
        path = path or self.cassette
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def commit(self, content: bytes, path: Path | None = None) -> str:
        self.write(content, path)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        return self.git("rev-parse", "HEAD")
