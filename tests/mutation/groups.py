"""What is mutated together, with which tests, and how much of it they must find."""

from __future__ import annotations

from dataclasses import dataclass

PACKAGE = "overlay/cliq_pins"
REST = "the rest"
OVERALL = 92.0
"""Percent of all mutants of the overlay."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Modules that one set of tests is there for."""

    modules: tuple[str, ...]
    """Below the package."""
    quick: tuple[str, ...]
    """The tests that every mutant is run with, below `tests/`."""
    thorough: tuple[str, ...] = ()
    """The tests for those that are left."""
    least: float = 100.0
    """Percent of the mutants that must be found, reviewed ones left out."""


FAULTS = "overlay/test_faults.py"

GROUPS = {
    "limits": Group(
        modules=("limits/limiter.py", "limits/window.py"),
        quick=("overlay/test_limits.py", "overlay/test_misuse.py"),
        thorough=("overlay/test_hooks.py", "overlay/test_interruptions.py"),
    ),
    "retry": Group(
        modules=("engine/retry.py", "engine/retry_after.py"),
        quick=("overlay/test_retry.py", "overlay/test_time.py", "overlay/test_limits.py"),
        thorough=(FAULTS,),
    ),
    "sign-in": Group(
        modules=("engine/auth.py", "engine/refreshing.py", "tokens/credentials.py", "tokens/store.py"),
        quick=("overlay/test_sign_in.py", "overlay/test_token_flow.py", "overlay/test_token_stores.py"),
        thorough=("overlay/test_interruptions.py", "overlay/test_misuse.py"),
    ),
    "sync": Group(
        modules=(
            "engine/guarded.py",
            "engine/orders.py",
            "engine/own_calls.py",
            "engine/reading.py",
            "engine/server_clock.py",
            "engine/turn.py",
            "engine/view.py",
            "layout.py",
        ),
        quick=(
            "overlay/test_layout.py",
            "overlay/test_view.py",
            "overlay/test_time.py",
            "overlay/test_guarded.py",
            "overlay/test_own_calls.py",
            "overlay/test_misuse.py",
        ),
        thorough=("overlay/test_at_once.py", "overlay/test_conflicts.py", "overlay/test_interruptions.py", FAULTS),
    ),
    REST: Group(
        modules=(),
        quick=(
            "overlay/test_one_answer.py",
            "overlay/test_board.py",
            "overlay/test_call.py",
            "overlay/test_connections.py",
            "overlay/test_decoding.py",
            "overlay/test_disguises.py",
            "overlay/test_edits.py",
            "overlay/test_errors.py",
            "overlay/test_hooks.py",
            "overlay/test_http.py",
            "overlay/test_limits.py",
            "overlay/test_methods.py",
            "overlay/test_misuse.py",
            "overlay/test_own_calls.py",
            "overlay/test_sign_in.py",
            "overlay/test_token_stores.py",
        ),
        thorough=("overlay/test_guarded.py", "overlay/test_interruptions.py", "overlay/test_retry.py"),
        least=0.0,
    ),
}
LEFT_OUT = (
    "cli/*",
    "simulator/*",
    "limits/redis_store.py",  # has tests of its own, with a server
    "pytest_plugin.py",
    "testing.py",
)
"""What is no part of the client, or is held by what cannot run for each mutant."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Constants of a module, or the defaults of its classes."""

    module: str
    """Below the repository."""
    names: tuple[str, ...]
    tests: tuple[str, ...]
    """Below `tests/`."""


TABLES = (
    Tables(module=f"{PACKAGE}/codes.py", names=("CODES", "STATUSES"), tests=("overlay/test_errors.py",)),
    Tables(
        module=f"{PACKAGE}/errors.py",
        names=("REFUSED_FROM", "SHOWN", "MESSAGE_SHOWN", "CODE_SHOWN"),
        tests=("overlay/test_errors.py", "overlay/test_misuse.py"),
    ),
    Tables(module=f"{PACKAGE}/engine/call.py", names=("FAILURES",), tests=("overlay/test_errors.py",)),
    Tables(
        module=f"{PACKAGE}/engine/answers.py",
        names=("OK", "NO_CONTENT"),
        tests=("overlay/test_retry.py", "overlay/test_errors.py", FAULTS),
    ),
    Tables(
        module=f"{PACKAGE}/engine/retry.py",
        names=("FIRST_PAUSE", "LONGEST_PAUSE", "RETRIED_STATUSES", "REPEATABLE", "GARBLED_ATTEMPTS"),
        tests=("overlay/test_retry.py",),
    ),
    Tables(
        module=f"{PACKAGE}/engine/retry_after.py",
        names=("LONGEST", "EARLIEST", "SECONDS"),
        tests=("overlay/test_time.py",),
    ),
    Tables(
        module=f"{PACKAGE}/engine/refreshing.py",
        names=(
            *("ASKED_AT_MOST", "ASKED_WINDOW", "LIFE", "MILLISECONDS_FROM", "AHEAD", "ATTEMPTS", "LOCK_PAUSE"),
            *("EXCHANGE_SECONDS", "CODE_SHOWN", "TOKEN_PATH", "MAX_BYTES", "ADVICE"),
        ),
        tests=("overlay/test_token_flow.py", "overlay/test_sign_in.py"),
    ),
    Tables(module=f"{PACKAGE}/engine/server_clock.py", names=("DRIFT", "RESOLUTION"), tests=("overlay/test_time.py",)),
    Tables(module=f"{PACKAGE}/engine/view.py", names=("EPOCH",), tests=("overlay/test_guarded.py",)),
    Tables(module=f"{PACKAGE}/engine/reading.py", names=("LONGEST_WAIT", "MARGIN"), tests=("overlay/test_guarded.py",)),
    Tables(module=f"{PACKAGE}/limits/limiter.py", names=("SPARE", "PAUSE"), tests=("overlay/test_limits.py",)),
    Tables(
        module=f"{PACKAGE}/limits/window.py",
        names=("IDLE_SECONDS", "SOONEST_ANSWER"),
        tests=("overlay/test_limits.py",),
    ),
    Tables(
        module=f"{PACKAGE}/http.py", names=("NOT_REACHED", "KINDS", "DISCONNECTED"), tests=("overlay/test_http.py",)
    ),
    Tables(module=f"{PACKAGE}/hooks.py", names=("CALLBACKS",), tests=("overlay/test_hooks.py",)),
    Tables(
        module=f"{PACKAGE}/settings.py",
        names=("MIB", "OWN_HEADERS", "PRIVATE", "Settings"),
        tests=("overlay/test_misuse.py", "overlay/test_http.py", "overlay/test_guarded.py"),
    ),
    Tables(module=f"{PACKAGE}/setup.py", names=("VARIABLES",), tests=("overlay/test_sign_in.py", "docs")),
    Tables(module=f"{PACKAGE}/unpacking.py", names=("GZIP", "MOST_STREAMS"), tests=("overlay/test_http.py",)),
    Tables(module=f"{PACKAGE}/telemetry.py", names=("PORTS", "ERROR_FROM"), tests=("overlay/test_hooks.py",)),
)
CONTRACT = "generated/cliq_pins_client/contract.json"
CONTRACT_TESTS = ("generated", "overlay/test_limits.py", "overlay/test_errors.py", FAULTS)
