"""Days of calls to a simulator: reads and writes of every operation, good ones and bad ones, and tokens in between."""

from __future__ import annotations

from collections import Counter
from random import Random
from urllib.parse import urlencode

import msgspec

from cliq_pins.simulator import Behaviour, Request, Simulator, VirtualClock
from cliq_pins.simulator.builders import board, folder

CHATS = [f"chat-{number}" for number in range(20)]
FOLDERS = 8
"""How many folders there are at most; a board that grew would need more memory by right."""


class Traffic:
    """Calls to a simulator, the same for the same seed."""

    def __init__(self, limits: bool) -> None:
        # Counting per folder makes a counter for every id that was ever called.
        self.simulator = Simulator(
            board(folder("Work", *CHATS[:5]), chats=CHATS),
            behaviour=Behaviour(limit_counted_per="folder"),
            limits=limits,
            clock=VirtualClock(),
        )
        self.succeeded: Counter[str | None] = Counter()
        self._random = Random(0)
        self._client = self.simulator.sign_up()
        self._refresh = ""
        self._token = ""
        self._tokens_until = 0

    def run(self, calls: int) -> None:
        for _ in range(calls):
            self.simulator.clock.advance(self._random.choice((0.2, 1, 5)))
            if self.simulator.clock.now_ms >= self._tokens_until:
                self._new_token()
            self._call(*self._draw())

    def _call(self, method: str, target: str, body: object = None) -> None:
        headers = (("authorization", f"Zoho-oauthtoken {self._token}"),)
        content = b"" if body is None else msgspec.json.encode(body)
        answer = self.simulator.handle(Request(method, f"/api/v3{target}", headers, content))
        self.succeeded[answer.operation] += answer.status < 300

    def _draw(self) -> tuple[str, str] | tuple[str, str, object]:
        pick = self._random.choice
        folders = self.simulator.board().folders
        ids = [one.id for one in folders] or ["none"]
        place, chat, other = f"/pin-categories/{pick((*ids, 'unknown'))}", pick(CHATS), pick(CHATS)
        now = self.simulator.clock.now_ms
        # A full board is made emptier and an empty one fuller.
        folder_change = ("DELETE", f"/pin-categories/{ids[0]}?unpin_all=true")
        if len(folders) < FOLDERS:
            folder_change = ("POST", "/pin-categories", {"title": "New", "chat_ids": [chat, other]})
        return pick(
            (
                ("GET", "/pin-categories?include_fields=chats,recipients_summary,last_message_info"),
                folder_change,
                ("DELETE", f"{place}?unpin_all={pick(('true', 'false', 'perhaps'))}"),
                ("DELETE", f"/pin-categories?chat_ids={chat},{other}"),
                ("PUT", place, {"title": f"Title {now}"}),
                ("PUT", place, {"chat_id": chat, "last_sync_time": now}),
                ("PUT", place, {"chat_ids": [chat, other], "last_sync_time": pick((0, now))}),
                ("PUT", place, {"pin_above": pick(ids), "last_sync_time": now}),
                ("POST", f"/chats/{chat}/pins", {"category_id": pick(ids)}),
                ("DELETE", f"/chats/{pick((chat, f'unknown-{now}'))}/pins"),
            )
        )

    def _new_token(self) -> None:
        form = {**self._client, "grant_type": "authorization_code"}
        if self._refresh:
            form |= {"grant_type": "refresh_token", "refresh_token": self._refresh}
        answer = self.simulator.handle(Request("POST", "/oauth/v2/token", (), urlencode(form).encode()))
        said = msgspec.json.decode(answer.body)
        self._token = said["access_token"]
        self._refresh = said.get("refresh_token", self._refresh)
        self._tokens_until = self.simulator.clock.now_ms + said["expires_in"] * 1000
