"""A slow way to the service, and a user who goes on working: what cannot be told is not told, and never wrongly."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cliq_pins.simulator import PROFILES, Behaviour, covering_set
from latency import Foreigner, Line

from .run import INCOMPLETE
from .simulated import ASKED, CHATS, FEW, THEIRS, Proof, Service, judge

STALE = "client_not_synced"
SERVICES = {**PROFILES, **covering_set()}


def run(service: Service, line: Line, journal: Path) -> Proof:
    _, printed = service.run(journal, *ASKED, "--json", transport=line, **service.with_token())
    return judge(printed, service.simulator.behaviour)


@pytest.mark.parametrize(
    ("name", "way"), [("documented", 20), ("lenient", 20), ("strict", 90), ("lenient", 90), ("pairwise-06", 90)]
)
def test_over_a_slow_way_all_but_the_millisecond_is_told(name: str, way: int, tmp_path: Path) -> None:
    service = Service(SERVICES[name])
    random = Random(way)
    line = Line(service.simulator, lambda: random.randrange(way, 2 * way), lambda: None)
    proof = run(service, line, tmp_path / "journal")
    untold = {"staleness_comparison"} if service.simulator.behaviour.staleness_resolution == "1ms" else set()
    assert set(proof.wrong) == untold
    assert all(row["observed"] is None for row in proof.wrong.values())  # type: ignore[index]  # they are rows


@pytest.mark.parametrize(
    ("name", "often", "seed"),
    [
        ("strict", 0.2, 1),
        ("lenient", 0.2, 1),
        ("pairwise-03", 0.02, 1),
        ("pairwise-03", 0.1, 0),
        ("pairwise-08", 0.1, 0),
    ],
)
def test_what_the_user_does_meanwhile_stays_and_is_no_reading(
    name: str, often: float, seed: int, tmp_path: Path
) -> None:
    service = Service(SERVICES[name])
    user, random = Foreigner(service.simulator), Random(seed)
    work = service.simulator.board().folders[0].id
    done: list[str] = []

    def meddle() -> None:
        if random.random() < often:
            done.append(f"Work {len(done)}")
            user.put(work, title=done[-1])
            user.put(work, chat_ids=random.sample(THEIRS[:3], 2))

    proof = run(service, Line(service.simulator, lambda: 0, meddle), tmp_path / "journal")
    assert all(row["observed"] is None for row in proof.wrong.values()), proof.wrong  # type: ignore[index]
    assert done
    changed, *others = service.simulator.board().folders
    assert (changed.title, [one.title for one in others]) == (done[-1], ["cliq-pins live", "Family matters"])


def test_a_service_that_is_none_of_the_readings_is_called_so(tmp_path: Path) -> None:
    def answers(status: int, operation: str, *nth: int) -> list[dict[str, Any]]:
        fault = {"phase": "before", "action": "status", "args": {"status": status}}
        return [{"on": operation, "nth": one, **fault} for one in nth]

    service, pins = Service(Behaviour()), len(CHATS) + 1
    service.simulator.script(*answers(403, "updatePinCategory", 2, 4), *answers(404, "pinChat", pins + 2, pins + 4))
    code, printed = service.run(tmp_path / "journal", "--json")
    rows = {one["switch"]: one for one in msgspec.json.decode(printed)["readings"]}
    assert code == INCOMPLETE
    assert (rows["unknown_folder"]["observed"], rows["unknown_folder"]["contradicts"]) == (None, False)
    assert rows["unknown_folder"]["evidence"] == "renaming a deleted folder: 403: none of the readings"
    assert rows["pin_again"]["evidence"] == "404: none of the readings"


def test_a_service_whose_word_the_board_belies_has_no_reading(tmp_path: Path) -> None:
    """It says that chats were removed which are still there, and does not list a folder that was just made."""
    said = {"phase": "before", "action": "status"}
    without = {"status": 200, "body": {"json": {"data": [{"category_id": "default"}]}}}
    service = Service()
    service.simulator.script(
        {"on": "removeChatsAcrossCategories", **said, "args": {"status": 204}, "every": 1, "count": 1000},
        {"on": "getPinCategories", "nth": 2, **said, "args": without},
    )
    _, printed = service.run(tmp_path / "journal", "--json", **FEW)
    rows = {one["switch"]: one for one in msgspec.json.decode(printed)["readings"]}
    assert rows["unknown_chats_removed"]["evidence"] == (
        "removing a chat and one that nobody has: 204, and the chat is where it should not be"
    )
    assert rows["new_folder_goes"]["evidence"] == "a folder that was made is not listed"


@pytest.mark.parametrize("profile", ["documented", "lenient"])
@pytest.mark.parametrize("always", [False, True])
def test_a_change_that_is_refused_as_stale_is_tried_again_and_is_no_refusal(
    profile: str, always: bool, tmp_path: Path
) -> None:
    service = Service(SERVICES[profile])
    answer = {"phase": "before", "action": "status", "args": {"status": 400, "body": {"json": {"code": STALE}}}}
    often = {"every": 1, "count": 1000} if always else {"nth": 2}
    operations = ("reorderChatInCategory", "bulkUpdateChatsInCategory")
    service.simulator.script(*({"on": one, **answer, **often} for one in operations))
    _, printed = service.run(tmp_path / "journal", *ASKED, "--json")
    proof = judge(printed, SERVICES[profile])
    rearranging = {"chat_not_in_folder", "bad_pin_above", "guarded_put_on_default", "duplicate_chat_ids"}
    assert set(proof.wrong) == ({*rearranging, "pin_elsewhere", "staleness_scope"} if always else set())
    assert all(row["observed"] is None for row in proof.wrong.values())  # type: ignore[index]  # they are rows


def test_a_service_that_locks_nobody_out_is_none_of_the_readings(tmp_path: Path) -> None:
    service = Service()
    service.simulator.rules = replace(service.simulator.rules, limits=False)
    _, printed = service.run(tmp_path / "journal", *ASKED, "--json")
    wrong = judge(printed, Behaviour()).wrong
    assert set(wrong) == {"throttle_answer", "throttle_trips_at", "limit_counted_per", "calls_while_locked"}
    assert {row["evidence"] for row in wrong.values()} == {"55 calls within 60 s: none was refused"}  # type: ignore[index]
