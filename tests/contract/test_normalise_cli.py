"""The command line: bad input is one line and exit 3, and nothing is written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract_documents import answer, body, document, op, virtual

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "normalise.py"
PUBLISHED = (ROOT / "spec" / "published" / "mypins.yaml").read_text()
GOOD = json.dumps(document({"/a": {"get": op("a")}}))
Run = Callable[..., int]


@pytest.fixture
def refused(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the script on something that it refuses; its one line."""

    def message(*arguments: object) -> str:
        folder = tmp_path / "out"
        folder.mkdir()
        output = folder / "x.yaml"
        lines = []
        for content in (None, b"kept"):
            if content is not None:
                output.write_bytes(content)
            code = run(*arguments, "--output", output)
            out, err = capsys.readouterr()
            assert (code, out) == (3, "")
            # Warnings about a document can stand before what is wrong with it.
            errors = [line for line in err.splitlines() if not line.startswith("warning: ")]
            assert err.endswith("\n")
            assert len(errors) == 1
            assert errors[0].startswith("error: ")
            lines += errors
            assert list(folder.iterdir()) == ([output] if content else [])
        assert output.read_bytes() == b"kept"
        assert lines[0] == lines[1]
        return lines[0]

    return message


def reference(where: dict[str, Any]) -> str:
    return json.dumps(document({"/a": {"post": op("a", requestBody=body(where))}}))


GONE = {"$ref": "#/components/schemas/Gone"}
SOURCES = {
    "empty": ("", "not an OpenAPI 3 document"),
    "not YAML": ("a: [1, 2", "not YAML: line "),
    "plain text": ("404: not found, sorry", "not an OpenAPI 3 document"),
    "control characters": ("openapi: 3.0.0\n\x00", "not YAML"),
    "HTML page": ("\n <!DOCTYPE html>\n<html><body>openapi: 3.0.0</body></html>", "an HTML page"),
    "a list": ("[1, 2]", "not an OpenAPI 3 document"),
    "Swagger 2": ("swagger: '2.0'\ninfo: {}\npaths: {}", "Swagger 2, convert it first"),
    "no paths": ("openapi: 3.0.0\ninfo: {}", "'paths' is a required property"),
    "responses missing": ("openapi: 3.0.0\ninfo: {}\npaths:\n  /a:\n    get: {}", "'responses' is a required property"),
    "flattened to one line": (" ".join(PUBLISHED.split("\n", 2)[2].split()), "its indentation was lost"),
    "flattened without indentation": ("\n".join(map(str.strip, PUBLISHED.splitlines())), "its indentation was lost"),
    "dangling reference": (reference(GONE), "'#/components/schemas/Gone': nothing stands there"),
    "dangling reference of a property called value": (
        reference({"type": "object", "properties": {"in": {"properties": {"value": GONE}}}}),
        "nothing stands there",
    ),
    "reference to itself": (
        json.dumps(document({"/a": {"get": op("a", responses=answer(GONE))}}, {"Gone": GONE})),
        "refers to itself",
    ),
    "reference to another file": (reference({"$ref": "other.yaml#/x"}), "only references within the document"),
    "virtual endpoint without display path": (
        json.dumps(document({"/a": {"put": op("a")}, "/a1": {"put": op("b", **{"x-virtual-endpoint": True})}})),
        "PUT /a1: a virtual endpoint without x-display-path",
    ),
    "display path that is none": (json.dumps(document({"/a": {"put": virtual("b", "a")}})), "does not match '^/'"),
    "code that is no text": (
        json.dumps(document({"/a": {"get": op("a", **{"x-error-codes": [{"code": 1, "description": ""}]})}})),
        "1 is not of type 'string'",
    ),
    "code without a letter": (
        json.dumps(document({"/a": {"get": op("a", responses={"400": {"x-added-codes": [{"code": ""}]}})}})),
        "'' should be non-empty",
    ),
    "parameter without a name": (
        json.dumps(document({"/a": {"get": op("a", parameters=[{"in": "query"}])}})),
        "GET /a: a parameter lacks its name or place",
    ),
    "alias bomb": (
        "a: &a [" + "x," * 99 + "]\nb: &b [" + "*a," * 99 + "]\nc: &c [" + "*b," * 99 + "]\nd: [" + "*c," * 99 + "]\n",
        "once its YAML aliases are expanded",
    ),
    "cyclic alias in a list": ("openapi: &a [*a]", "not YAML"),
    "cyclic alias in a mapping": ("openapi: &a {x: *a}", "not YAML"),
    "merge with itself": ("openapi: &a\n  <<: *a", "bad.yaml: "),
    "duplicate keys": ("openapi: 3.0.0\ninfo: {a: 1, a: 2}", "line 2, column 14: the key 'a' stands twice"),
    "duplicate keys of which one is a number": ("openapi: {200: a, '200': b}", "the key '200' stands twice"),
    "a key that is a list": ("openapi: {[a]: b}", "a key is not plain text"),
    "a tag that its text does not fit": ("openapi: !!int abc", "not YAML"),
    "a truth that is none": ("openapi: !!bool x", "bad.yaml: "),
    "a time that is none": ("openapi: !!timestamp x", "bad.yaml: "),
    "a tag of Python": ("openapi: !!python/object/apply:os.getcwd []", "not YAML"),
    "a number of too many digits": (f"openapi: {'1' * 5000}", ""),
}


@pytest.mark.parametrize(("text", "problem"), SOURCES.values(), ids=SOURCES)
def test_a_bad_source_is_one_line_and_writes_nothing(
    refused: Callable[..., str], tmp_path: Path, text: str, problem: str
) -> None:
    source = tmp_path / "bad.yaml"
    source.write_text(text)
    assert problem in refused(source, "--no-corrections")


ACTION = {"target": "$.info", "x-name": "fix-it", "x-evidence": "e", "x-certainty": "doc", "update": {"x": 1}}
OVERLAYS = {
    "no target there": ([{**ACTION, "target": "$.gone"}], "'fix-it': nothing stands at $.gone"),
    "already right": ([{**ACTION, "update": {"title": "T"}}], "'fix-it': what it corrects is already right"),
    "no JSONPath": ([{**ACTION, "target": "info"}], "'fix-it': its target is no JSONPath"),
    "unknown certainty": ([{**ACTION, "x-certainty": "sure"}], "'fix-it': x-certainty is one of"),
    "update and remove": ([{**ACTION, "remove": True}], "'fix-it': needs either update or remove"),
    "name given twice": ([ACTION, ACTION], "'fix-it' stands twice"),
    "no evidence": ([{**ACTION, "x-evidence": ""}], "action 1 lacks x-evidence"),
    "not a list": ({"x": ACTION}, "has no actions"),
    "the whole document removed": ([{**ACTION, "target": "$", "remove": True, "update": None}], "'fix-it'"),
}


@pytest.mark.parametrize(("actions", "problem"), OVERLAYS.values(), ids=OVERLAYS)
def test_a_bad_correction_is_one_line_and_writes_nothing(
    refused: Callable[..., str], tmp_path: Path, actions: Any, problem: str
) -> None:
    (tmp_path / "good.json").write_text(GOOD)
    (tmp_path / "fixes.yaml").write_text(json.dumps({"overlay": "1.0.0", "actions": actions}))
    message = refused(tmp_path / "good.json", "--corrections", tmp_path / "fixes.yaml")
    assert "fixes.yaml: " in message
    assert problem in message


@pytest.mark.parametrize("content", [b"overlay: [", b"\xff", b"", None])
def test_corrections_that_cannot_be_read_are_one_line(
    refused: Callable[..., str], tmp_path: Path, content: bytes | None
) -> None:
    (tmp_path / "good.json").write_text(GOOD)
    if content is not None:
        (tmp_path / "fixes.yaml").write_bytes(content)
    assert "fixes.yaml: " in refused(tmp_path / "good.json", "--corrections", tmp_path / "fixes.yaml")


def test_a_source_that_cannot_be_read_is_one_line(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "missing.yaml: cannot be read: No such file" in refused(tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read"),
        (GOOD.encode().ljust(8 * 2**20 + 1), "over 8 MiB"),
        (b"openapi: 3.0.0 # \xe9", "not UTF-8 text (byte 17)"),
    ],
    ids=["folder", "too large", "not UTF-8"],
)
def test_a_file_that_is_no_text_is_one_line(
    refused: Callable[..., str], tmp_path: Path, content: bytes | None, problem: str
) -> None:
    source = tmp_path
    if content is not None:
        source = tmp_path / "odd.yaml"
        source.write_bytes(content)
    assert problem in refused(source)


@pytest.mark.parametrize("address", ["http://localhost/x.yaml", "ftp://localhost/x", "file:///etc/hosts"])
def test_an_address_that_is_not_https_is_one_line(refused: Callable[..., str], address: str) -> None:
    assert "only https addresses are read" in refused(address)


@pytest.mark.parametrize(
    "arguments", [["a", "b"], ["--no-such"], ["--corrections", "x", "--no-corrections"], ["--corrections"]]
)
def test_wrong_usage_is_one_line_and_not_argparses_own_exit_code(
    refused: Callable[..., str], arguments: list[str]
) -> None:
    assert refused(*arguments).endswith("; see normalise.py --help")


def test_an_output_that_cannot_be_written_is_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for output in (tmp_path / "no" / "x.yaml", tmp_path):
        assert run("--output", output) == 3
        assert capsys.readouterr().err.startswith(f"error: {output}: cannot be written: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), ("a: [", 3), ("openapi: " + "[" * 100_000, 3)])
def test_a_real_process_exits_with_the_code_and_no_traceback(tmp_path: Path, text: str, code: int) -> None:
    # Deep nesting can end the interpreter itself, which only another process survives to tell.
    (tmp_path / "s.yaml").write_text(text)
    command = [sys.executable, SCRIPT, tmp_path / "s.yaml", "--no-corrections", "--output", tmp_path / "x.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # our own script
    assert done.returncode == code
    assert done.stdout == ""
    assert [line[:7] for line in done.stderr.splitlines()] == (["error: "] if code else [])
    assert (tmp_path / "x.yaml").exists() == (code == 0)
