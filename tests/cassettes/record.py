"""Record every flow from the simulator: `nox -s record`. What was recorded from the live service is left alone."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def from_simulator(folder: Path) -> int:
    """Record the flows into a folder, and delete cassettes of flows that there are no longer; how many were recorded."""
    from cassettes.provenance import path_of, provenance, recorded
    from cassettes.recording import record
    from flows import FLOWS
    from flows.simulated import SimulatedStage

    for name, path in recorded(folder).items():
        if name not in FLOWS:
            path.unlink()
    wanted = [
        name for name in FLOWS if name not in recorded(folder) or provenance(path_of(name, folder)).recorded_from != "live"
    ]
    for name in wanted:
        stage = SimulatedStage()
        record(FLOWS[name], stage, path_of(name, folder))
        stage.close()
    return len(wanted)


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    from cassettes.provenance import FOLDER

    print(f"{from_simulator(FOLDER)} cassettes recorded from the simulator into {FOLDER.relative_to(Path.cwd())}")
