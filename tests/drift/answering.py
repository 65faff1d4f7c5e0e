"""What a service that follows a changed contract answers: the old answers, bent until they fit the new contract."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec.structs import replace

from cliq_pins.simulator import Answer
from contract.document import deref
from contract.passes.codes import codes_of
from drift.published import PUBLISHED, Doc

SAMPLES = {"string": "x", "integer": 7, "boolean": True, "array": [], "object": {}}
"""A value of each type, for a place that had none of it."""
CODED = "operation_failed"
"""How the codes end that a service uses where it has no better one, and so for what a new code would be for."""


class Answers:
    """The documented answers of each operation, before and after a change."""

    def __init__(self, before: Mapping[str, Doc], after: Mapping[str, Doc], document: Doc) -> None:
        self._before, self._after, self._document = before, after, document
        same = document["components"]["schemas"] == PUBLISHED["components"]["schemas"]
        self._same = {name for name, one in after.items() if same and one == before[name]}
        """The operations of which nothing has changed."""

    def bend(self, answer: Answer) -> Answer:
        """An answer as the changed contract has it; one that no contract describes stays as it is."""
        name, status = answer.operation or "", str(answer.status)
        if name not in self._after or name in self._same or status not in self._before[name]["responses"]:
            return answer
        old, new = self._before[name]["responses"], self._after[name]["responses"]
        body = _json(answer)
        code = body.get("code") if isinstance(body, dict) else None
        now = _status(old, new, status, code)
        if now not in new:
            return answer
        if isinstance(body, dict) and code is not None:
            body = _with_code(body, code, _codes(old), _codes(new))
        return self._written(answer, int(now), body, old[status], new[now])

    def _written(self, answer: Answer, status: int, body: Any, old: Doc, new: Doc) -> Answer:
        was, told = old.get("content", {}), new.get("content", {})
        kinds = [kind for kind in told if kind not in was]
        headers = [pair for pair in answer.headers if pair[0] != "content-type" or (told and not kinds)]
        headers += [("content-type", kind) for kind in kinds if answer.body]
        content = answer.body if told or not was else b""
        if told and was and body is not None:
            schemas = [next(iter(one.values())).get("schema", {}) for one in (was, told)]
            bent = self._fitting(body, *schemas, listed=status < HTTPStatus.BAD_REQUEST)
            content = msgspec.json.encode(bent)
        return replace(answer, status=status, headers=tuple(headers), body=content)

    def _fitting(self, value: Any, old: Doc, new: Doc, listed: bool) -> Any:
        """A value that fitted the old schema, fitting the new one."""
        old, new = deref(PUBLISHED, old), deref(self._document, new)
        if new.get("nullable"):
            return None
        if old.get("type") != new.get("type"):
            return SAMPLES[new["type"]]
        if isinstance(value, dict):
            return self._object(value, old, new, listed)
        if isinstance(value, list):
            return [self._fitting(one, old["items"], new["items"], listed) for one in value]
        come = [one for one in new.get("enum", []) if one not in old.get("enum", [])]
        lost = [one for one in old.get("enum", []) if one not in new.get("enum", [])]
        return come[0] if listed and come and (value in lost or not lost) else value

    def _object(self, value: Doc, old: Doc, new: Doc, listed: bool) -> Doc:
        was, now = old.get("properties", {}), new.get("properties", {})
        made = {name: one for name, one in value.items() if name not in was}
        gone = [name for name in was if name not in now]
        for name, schema in now.items():
            if name in was:
                if name in value:
                    made[name] = self._fitting(value[name], was[name], schema, listed)
            elif schema == old:
                made[name] = value
            elif carried := [one for one in gone if was[one] == schema]:
                made.update([(name, value[one]) for one in carried if one in value])
            else:
                made[name] = SAMPLES[schema["type"]]
        return made


def _json(answer: Answer) -> Any:
    """The body, if it is JSON."""
    try:
        return msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return None


def _status(old: Doc, new: Doc, status: str, code: str | None) -> str:
    """The status that the answer has now: the one that the code comes with, or the one that took the place of its."""
    if status in new:
        moved = [one for one in new if one not in old and code in codes_of(new[one])]
        return moved[0] if moved and code not in codes_of(new[status]) else status
    return next((one for one in new if one not in old), status)


def _codes(responses: Doc) -> set[str]:
    return {code for one in responses.values() for code in codes_of(one)}


def _with_code(body: Doc, code: str, old: set[str], new: set[str]) -> Doc:
    """The body with the code that the service has now; one that is gone leaves words in its place."""
    come = sorted(new - old)
    if code in old - new:
        return {**body, "code": come[0]} if come else {"message": "It failed."}
    if come and not old - new and code.endswith(CODED):
        return {**body, "code": come[0]}
    return body
