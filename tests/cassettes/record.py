"""Record every flow from the simulator: `nox -s record`. What was recorded from the live service is left alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows import Flow

TESTS = Path(__file__).parents[1]


def from_simulator(folder: Path, flows: Mapping[str, Flow]) -> int:
    """Record flows into a folder, and delete the cassettes of any others there; how many were recorded."""
    from cassettes.provenance import path_of, recorded, source_of
    from cassettes.recording import record
    from flows.simulated import SimulatedStage

    before = recorded(folder)
    for name in before.keys() - flows.keys():
        before[name].unlink()
    wanted = [name for name in flows if name not in before or source_of(before[name]) != "live"]
    for name in wanted:
        stage = SimulatedStage()
        record(flows[name], stage, path_of(name, folder))
        stage.close()
    return len(wanted)


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    from cassettes.provenance import FOLDER
    from flows import FLOWS

    print(f"{from_simulator(FOLDER, FLOWS)} cassettes recorded from the simulator into {FOLDER}")
