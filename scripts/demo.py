"""The main job in one minute: typed calls of the generated client, over real HTTP, against the simulated service.

Exit codes: 0 done, 1 it did not work.
"""

from __future__ import annotations

import sys

import httpx2

from cliq_pins.simulator import Simulator, SimulatorServer
from cliq_pins.testing import board, chat, folder
from cliq_pins_client import AnswerError, CallError, Client
from cliq_pins_client.models import PinChatRequest, ReorderCategoryRequest
from cliq_pins_client.operations import (
    get_pin_categories,
    pin_chat,
    remove_chats_across_categories,
    update_pin_category,
)


def show(client: Client) -> None:
    """Print the folders as the service lists them."""
    for one in client.send(get_pin_categories(include_fields=["chats"])).data or []:
        chats = ", ".join(entry.name or "?" for entry in one.chats or [])
        print(f"  {one.title or 'My Pins'}" + (f": {chats}" if chats else ""))


def main() -> int:
    """Rearrange a board, meet a conflict, and be refused before anything is sent."""
    simulator = Simulator(
        board(
            folder("Priority", "C1", symbol=":razz:", folder_id="4000000020001"),
            folder("Later", folder_id="4000000020002"),
            chats=[chat("C1", "Product Launch"), chat("C2", "Ada", chat_type="direct_message")],
        )
    )
    with SimulatorServer(simulator) as server:
        print(f"the simulated service answers at {server.base_url}")
        token = {"authorization": f"Zoho-oauthtoken {simulator.token()}"}
        with Client(server.base_url, httpx2.HTTPTransport(), headers=token) as client:
            show(client)
            client.send(pin_chat("C2", body=PinChatRequest(category_id="4000000020002")))
            simulator.clock.advance(5)
            to_the_end = ReorderCategoryRequest(last_sync_time=simulator.clock.now_ms)
            client.send(update_pin_category("4000000020001", body=to_the_end))
            print("a chat pinned and a folder moved:")
            show(client)
            try:
                stale = ReorderCategoryRequest(last_sync_time="2025-01-01T00:00:00Z")
                client.send(update_pin_category("4000000020001", body=stale))
            except AnswerError as error:
                print(f"refused by the service: {error.code}")
            try:
                remove_chats_across_categories(chat_ids=[str(number) for number in range(26)])
            except CallError as error:
                print(f"refused before sending: {error}")
                return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
