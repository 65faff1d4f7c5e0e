"""Fuzz the simulator with calls that schemathesis draws from the contract; options go to `schemathesis run`.

Every profile of readings is fuzzed, behind a socket, without limits. It fails on a finding, on a warning, on a phase
that did not run, and on an operation that never succeeded. The hash is the same for two runs with the same seed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, deque
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from board import START, mended
from document import explain
from findings import is_defect
from schemathesis import Case, HookContext, Response
from schemathesis.cli import schemathesis as command
from schemathesis.core.failures import Failure

from cliq_pins.simulator import PROFILES, Simulator, SimulatorServer
from cliq_pins_client import operation_table

HERE = Path(__file__).parent
CONTRACT = HERE.parents[1] / "spec" / "normalised.yaml"


class Target:
    """The simulator that is fuzzed, and why it refused each case."""

    def __init__(self, profile: str) -> None:
        self.simulator = Simulator(START, behaviour=PROFILES[profile], limits=False)
        self.simulator.log = deque()  # all of it, not only the last
        self.token = self.simulator.token()
        self.reasons: dict[str, str] = {}


def listen(target: Target) -> None:
    """Take part in what the tool does, in place of the target before."""
    schemathesis.hooks.unregister_all()

    @schemathesis.hook
    def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
        explain(raw_schema)

    @schemathesis.hook
    def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
        target.simulator.load(mended(target.simulator.state))

    @schemathesis.hook
    def after_call(context: HookContext, case: Case, response: Response) -> None:
        target.reasons[case.id] = target.simulator.log[-1].reason or ""

    @schemathesis.hook
    def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
        return is_defect(failure, target.reasons.get(case.id, ""), str(response.request.url))


def ended(*arguments: str) -> int:
    """Run the tool; gives its exit code."""
    try:
        command(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def attack(target: Target, options: list[str]) -> list[str]:
    """Run the tool against a target; gives what is wrong, in words."""
    listen(target)
    with SimulatorServer(target.simulator) as server, TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        status = ended(
            f"--config-file={HERE / 'schemathesis.toml'}",
            "run",
            str(CONTRACT),
            f"--url={server.base_url}",
            f"--header=Authorization: Zoho-oauthtoken {target.token}",
            f"--report-json-path={report}",
            *options,
        )
        phases = json.loads(report.read_text())["phases"]
    problems = [f"schemathesis ended with {status}"] if status else []
    return problems + [f"phase {name}: {one['status']}" for name, one in phases.items() if one["status"] != "success"]


def count(target: Target) -> list[str]:
    """Print how often each operation succeeded and was refused; gives those that never succeeded."""
    counts = Counter((entry.operation, entry.status < 300) for entry in target.simulator.log)
    for name in operation_table():
        print(f"{name:30}{counts[name, True]:5} succeeded{counts[name, False]:5} refused")
    digest = sha256(repr(target.simulator.log).encode()).hexdigest()
    print(f"{len(target.simulator.log)} requests, log {digest[:16]}\n")
    return [f"{name} never succeeded" for name in operation_table() if not counts[name, True]]


def main() -> int:
    problems: list[str] = []
    for profile in PROFILES:
        print(f"\n# {profile}\n")
        target = Target(profile)
        problems += [f"{profile}: {problem}" for problem in (*attack(target, sys.argv[1:]), *count(target))]
    print("\n".join(problems) or "nothing found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
