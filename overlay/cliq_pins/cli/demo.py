"""`cliq-pins demo`: what the client does, shown over real HTTP against the simulated service."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from io import StringIO
from random import Random
from textwrap import dedent
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax

from cliq_pins import Board, CliqPins
from cliq_pins.limits import MemoryStore
from cliq_pins.rendering import tree
from cliq_pins.simulator import Simulator, SimulatorServer
from cliq_pins.testing import SimulatedClock

from .demo_steps import STEPS, Stage, office

WIDTH = 118
"""Columns where there is no terminal."""


def demo(as_json: bool) -> Iterator[str]:
    """Run every step and give what is to be printed: in colour to a terminal, plain to a pipe, or as lines of JSON."""
    simulator = office()
    with SimulatorServer(simulator) as server:
        limits = MemoryStore()
        pins, colleague = (_client(simulator, server.base_url, limits) for _ in range(2))
        with pins, colleague:
            if not as_json:
                yield f"The simulated service answers at {server.base_url}."
            for number, step in enumerate(STEPS, 1):
                shown: list[Board | str] = []
                step(Stage(pins=pins, colleague=colleague, service=simulator, show=shown.append))
                sentence = inspect.getdoc(step) or ""
                if as_json:
                    yield json.dumps(_plain(number, step.__name__, sentence, shown))
                else:
                    yield _rendered(number, sentence, _code(step), shown)


def _client(simulator: Simulator, base_url: str, limits: MemoryStore) -> CliqPins:
    return CliqPins(
        token=simulator.token(),
        base_url=base_url,
        clock=SimulatedClock(simulator.clock),
        user="you",  # two tokens of one user, who has one set of limits
        limits=limits,
        random=Random(0),  # noqa: S311  # the same in every run
        trust_env=False,
    )


def _code(step: Any) -> str:
    """The code of a step, without its first lines."""
    source = inspect.getsource(step)
    return dedent(source.split('"""')[2]).strip()


def _plain(number: int, name: str, sentence: str, shown: list[Board | str]) -> dict[str, Any]:
    return {
        "step": number,
        "name": name,
        "says": sentence,
        "shows": [one if isinstance(one, str) else one.to_dict() for one in shown],
    }


def _rendered(number: int, sentence: str, code: str, shown: list[Board | str]) -> str:
    terminal = sys.stdout is not None and sys.stdout.isatty()
    console = Console() if terminal else Console(file=StringIO(), width=WIDTH, color_system=None)
    with console.capture() as captured:
        console.print(f"\n[bold]{number}. {sentence}[/bold]\n", highlight=False)
        if terminal:
            console.print(Padding(Syntax(code, "python", background_color="default"), (0, 0, 0, 4)))
        else:
            console.print(Padding(code, (0, 0, 0, 4)), highlight=False, markup=False)
        console.print()
        for one in shown:
            padded = Padding(one if isinstance(one, str) else tree(one), (0, 0, 0, 2))
            console.print(padded, highlight=False, markup=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
