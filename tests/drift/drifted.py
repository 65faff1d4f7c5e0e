"""A simulated service that follows a changed contract; everybody else goes on with the one that the package has."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec.structs import replace

from cliq_pins.simulator import Answer, Request, Simulator
from cliq_pins.simulator.api import accounts
from cliq_pins.simulator.machine import Delivery
from contract.changes.view import view
from contract.document import deref, operations
from drift.answering import Answers
from drift.asking import DriftedContract
from drift.published import PUBLISHED, Doc, normalised
from service import Caller


class Drift:
    """A changed contract, ready to be followed: what it takes, and what it answers."""

    def __init__(self, document: Doc) -> None:
        after = normalised(document)
        self.contract = DriftedContract(view(after), after["components"], document["servers"])
        self.answers = Answers(_by_name(PUBLISHED), _by_name(document), document)
        self.signs_in = _addresses(PUBLISHED) == _addresses(document)
        """Whether the accounts server is where it was."""


class DriftedSimulator(Simulator):
    """A simulator that follows a changed contract."""

    def __init__(self, *arguments: Any, drift: Drift, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.drift = drift
        self.rules = replace(self.rules, contract=drift.contract)

    def deliver(self, request: Request) -> Delivery:
        if request.path in accounts.OPERATIONS and not self.drift.signs_in:
            return Delivery(answer=Answer(status=404))
        delivery = super().deliver(request)
        return replace(delivery, answer=self.drift.answers.bend(delivery.answer))


def caller(drift: Drift, *boards: Any, **named: Any) -> Caller:
    """A caller of such a service."""

    class Drifted(Caller):
        make = staticmethod(partial(DriftedSimulator, drift=drift))

    return Drifted(*boards, **named)


def _by_name(document: Doc) -> dict[str, Doc]:
    """The operations, each with its answers, which may be written elsewhere."""
    return {one["operationId"]: {**one, "responses": _responses(document, one)} for _, _, one in operations(document)}


def _responses(document: Doc, operation: Doc) -> Doc:
    return {status: deref(document, one) for status, one in operation["responses"].items()}


def _addresses(document: Doc) -> dict[str, Any]:
    schemes: dict[str, Any] = document["components"]["securitySchemes"]
    return {
        name: {flow: one["authorizationUrl"] for flow, one in told["flows"].items()} for name, told in schemes.items()
    }
