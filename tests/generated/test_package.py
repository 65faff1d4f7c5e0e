"""The generated package as a whole: its size, what it imports, what it carries, and that it says what made it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import cliq_pins_client
import pytest
import yaml
from cliq_pins_client import operation_table
from contract_schemas import DOCUMENT, answers

PACKAGE = Path(cliq_pins_client.__file__).parent
ROOT = Path(__file__).parents[2]
SOURCES = sorted(PACKAGE.rglob("*.py"))
NORMALISED = yaml.safe_load((ROOT / "spec" / "normalised.yaml").read_text(encoding="utf-8"))
HTTP_LIBRARIES = {"aiohttp", "http", "httpcore", "httpcore2", "httpx", "httpx2", "requests", "socket", "ssl", "urllib", "urllib3"}


def test_it_stays_small() -> None:
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 1_200
    classes = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
    assert len(classes) <= 30


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_module_imports_an_http_library(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            imported.add(node.module.partition(".")[0])
    assert not imported & HTTP_LIBRARIES


def test_importing_it_loads_no_http_library() -> None:
    code = "import sys, cliq_pins_client.operations; print([name for name in ('httpx', 'httpx2', 'http.client') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_every_file_says_what_made_it() -> None:
    for path in PACKAGE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert "scripts/generate.py" in path.read_text(encoding="utf-8")[:300], path.name


def test_it_carries_the_normalised_contract() -> None:
    assert {key: value for key, value in DOCUMENT.items() if key != "x-made-by"} == NORMALISED


def documented() -> dict[str, tuple[str, str, dict, dict]]:
    found = {}
    for path, item in NORMALISED["paths"].items():
        for method, whole in item.items():
            for own in whole.get("x-shapes", [whole]):
                found[own["operationId"]] = (method.upper(), path, whole, own)
    return found


def throttle_codes(whole: dict) -> set[str]:
    added = [one for status in whole["responses"] for one in answers(whole, status).get("x-added-codes", ())]
    return {one["code"] for one in added if one.get("meaning") == "throttled"}


def test_the_table_has_every_documented_operation_with_its_numbers() -> None:
    assert operation_table().keys() == documented().keys()
    assert len(operation_table()) == 10
    for name, (method, path, whole, own) in documented().items():
        row = operation_table()[name]
        assert (row.method, row.path, row.summary) == (method, path, own["summary"])
        assert row.statuses == {int(status) for status in own.get("statuses", whole["responses"])}
        assert row.error_codes == {one["code"]: one["description"] for one in own["x-error-codes"]}
        assert [(one.requests, one.seconds, one.scope, one.lock_seconds) for one in row.rate_limits] == [
            (one["requests"], one["seconds"], one["scope"], one["lock_seconds"]) for one in own["x-rate-limit"]
        ]
        assert [sorted(scopes) for scopes in row.scopes] == [one["Cliq_Auth"] for one in own["security"]]
        assert row.retry_class == own.get("x-retry-class", whole.get("x-retry-class"))
        assert row.throttle_codes == throttle_codes(whole) == {"request_limit_exceeded"}


def test_every_operation_has_a_retry_class_and_they_are_as_the_facts_say() -> None:
    classes = {name: row.retry_class for name, row in operation_table().items()}
    assert classes == {
        "getPinCategories": "safe",
        "createPinCategory": "create",
        "removeChatsAcrossCategories": "idempotent",
        "updatePinCategory": "idempotent",
        "reorderChatInCategory": "guarded",
        "reorderCategory": "guarded",
        "bulkUpdateChatsInCategory": "guarded",
        "deletePinCategory": "idempotent",
        "pinChat": "create",
        "unpinChat": "idempotent",
    }
