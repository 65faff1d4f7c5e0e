"""Comparing two contracts, operation by operation."""

from __future__ import annotations

import json
import re
from typing import Any

from contract.changes.change import BREAKS_TYPES, BREAKS_WIRE, CLASSES, POLICY, TOLERATED, Change
from contract.changes.schemas import Comparison, Emit
from contract.changes.view import Limit, Operation, view
from contract.document import Document


def compare(old: Document, new: Document) -> list[Change]:
    """Every change between two normalised contracts, the gravest first."""
    changes: list[Change] = []
    for before, after in _pairs(view(old), view(new)):
        if before is None or after is None:
            changes.append(_whole(before, after))
        else:
            changes += _Operations(old, new, before, after).changes
    changes += _terms(old, new)
    order = {name: place for place, name in enumerate(CLASSES)}
    unique = dict.fromkeys(changes)
    return sorted(unique, key=lambda one: (order[one.impact], one.operation, one.where, one.text))


def _pairs(old: dict[str, Operation], new: dict[str, Operation]) -> list[tuple[Operation | None, Operation | None]]:
    """What belongs together: the same operationId, else method and path, and body where several share these."""
    pairs: list[tuple[Operation | None, Operation | None]] = [
        (one, new[name]) for name, one in old.items() if name in new
    ]
    waiting = [one for name, one in new.items() if name not in old]
    for name, before in old.items():
        if name in new:
            continue
        same = [one for one in waiting if _is_at(one, before)]
        alone = len(same) == 1 and sum(_is_at(one, before) for one in old.values() if one.name not in new) == 1
        found = same[0] if alone else next((one for one in same if one.bodies == before.bodies), None)
        if found is not None:
            waiting.remove(found)
        pairs.append((before, found))
    return [*pairs, *((None, one) for one in waiting)]


def _is_at(one: Operation, other: Operation) -> bool:
    return (one.method, one.template) == (other.method, other.template)


def _whole(before: Operation | None, after: Operation | None) -> Change:
    if before is not None:
        return Change(BREAKS_WIRE, before.name, "", "operation-removed", f"{before.method} {before.path} is gone")
    assert after is not None  # noqa: S101  # one of the two is there, by construction of the pairs
    return Change(TOLERATED, after.name, "", "operation-added", f"{after.method} {after.path} is new")


class _Operations:
    """The changes of one operation."""

    def __init__(self, old: Document, new: Document, before: Operation, after: Operation) -> None:
        self.changes: list[Change] = []
        self._old, self._new, self._before, self._after = old, new, before, after
        self._address()
        self._parameters()
        self._body()
        self._responses()
        self._codes()
        self._policy()

    def _emit(self, impact: str, where: str, kind: str, text: str) -> None:
        self.changes.append(Change(impact, self._before.name, where, kind, text))

    def _under(self, place: str) -> Emit:
        def emit(impact: str, where: str, kind: str, text: str) -> None:
            self._emit(impact, f"{place} {where}".strip(), kind, text)

        return emit

    def _address(self) -> None:
        before, after = self._before, self._after
        if before.name != after.name:
            self._emit(BREAKS_TYPES, "", "operation-renamed", f"is now called {after.name}")
        if before.method != after.method:
            self._emit(BREAKS_WIRE, "", "method", f"{before.method} becomes {after.method}")
        if before.template != after.template:
            self._emit(BREAKS_WIRE, "", "path", f"{before.path} becomes {after.path}")
        elif before.path != after.path:
            names = [re.findall(r"{([^{}]*)}", one.path) for one in (before, after)]
            pairs = [f"{one} becomes {other}" for one, other in zip(*names, strict=True) if one != other]
            self._emit(BREAKS_TYPES, "path", "path-parameter", ", ".join(pairs))

    def _parameters(self) -> None:
        old, new = self._before.parameters, self._after.parameters
        for key in [key for key in old if key not in new]:
            self._emit(BREAKS_WIRE, _parameter(key), "parameter-removed", "is gone")
        for key in [key for key in new if key not in old]:
            required = bool(new[key].get("required"))
            impact = BREAKS_WIRE if required else TOLERATED
            self._emit(impact, _parameter(key), "parameter-added", "is new and required" if required else "is new")
        for key in [key for key in old if key in new]:
            now = bool(new[key].get("required"))
            if bool(old[key].get("required")) != now:
                text = "is now required" if now else "is no longer required"
                self._emit(BREAKS_WIRE if now else TOLERATED, _parameter(key), "parameter-required", text)
            if _style(old[key]) != _style(new[key]):
                self._emit(BREAKS_WIRE, _parameter(key), "parameter-style", "is written in another style")
            comparison = Comparison(self._old, self._new, "request", self._under(_parameter(key)))
            comparison.compare(old[key].get("schema", {}), new[key].get("schema", {}), "")

    def _body(self) -> None:
        old, new = self._before, self._after
        if bool(old.bodies) != bool(new.bodies):
            impact = BREAKS_WIRE if old.bodies or new.body_required else TOLERATED
            self._emit(impact, "body", "body", "is new" if new.bodies else "is gone")
            return
        if old.body_required != new.body_required:
            text = "is now required" if new.body_required else "is no longer required"
            self._emit(BREAKS_WIRE if new.body_required else TOLERATED, "body", "body-required", text)
        self._media("body", "request", old.bodies, new.bodies)

    def _media(self, where: str, role: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for media in old.keys() - new.keys():
            self._emit(BREAKS_WIRE, where, "content-type", f"is no longer {media}")
        for media in new.keys() - old.keys():
            impact = BREAKS_WIRE if role == "response" and old else TOLERATED
            self._emit(
                impact, where, "content-type", f"can be {media} too" if role == "request" else f"is now {media} too"
            )
        for media in [media for media in old if media in new]:
            Comparison(self._old, self._new, role, self._under(where)).compare(old[media], new[media], "")

    def _responses(self) -> None:
        old, new = self._before.responses, self._after.responses
        for status in [status for status in old if status not in new]:
            impact = BREAKS_TYPES if status.startswith("2") else TOLERATED
            self._emit(impact, status, "status-removed", "is no longer an answer")
        for status in [status for status in new if status not in old]:
            impact = BREAKS_WIRE if status.startswith("2") else TOLERATED
            self._emit(impact, status, "status-added", "is a new answer")
        for status in [status for status in old if status in new]:
            self._media(status, "response", old[status].content, new[status].content)
            if old[status].throttle_codes != new[status].throttle_codes:
                codes = ", ".join(sorted(new[status].throttle_codes)) or "none"
                self._emit(POLICY, status, "throttle-code", f"the codes that mean throttled are now {codes}")
        self._moved_codes()

    def _moved_codes(self) -> None:
        """Codes that come with other statuses now, whether or not the old status is still there."""
        for code in self._before.codes & self._after.codes:
            old, new = (one.statuses_of(code) for one in (self._before, self._after))
            lost, gained = ([one for one in these if one not in those] for these, those in ((old, new), (new, old)))
            for status in lost if new else ():
                text = f"comes with {', '.join(gained)} now" if gained else "no longer comes with it"
                self._emit(BREAKS_TYPES, status, "code-moved", f"the code {code} {text}")
            for status in gained if old and not lost else ():
                self._emit(TOLERATED, status, "code-added", f"the code {code} comes with it too now")

    def _codes(self) -> None:
        for code in sorted(self._before.codes - self._after.codes):
            self._emit(BREAKS_TYPES, "errors", "code-removed", f"the code {code} is gone")
        for code in sorted(self._after.codes - self._before.codes):
            self._emit(TOLERATED, "errors", "code-added", f"the code {code} is new")

    def _policy(self) -> None:
        before, after = self._before, self._after
        for value in [*before.limits, *(value for value in after.limits if value not in before.limits)]:
            one, other = before.limits.get(value, ()), after.limits.get(value, ())
            where = f"limit for {value}" if value else "limit"
            if _rates(one) != _rates(other):
                self._emit(POLICY, where, "rate-limit", f"{_rates(one)} becomes {_rates(other)}")
            if _locks(one) != _locks(other):
                self._emit(POLICY, where, "lock-period", f"a lock of {_locks(one)} becomes {_locks(other)}")
        if before.servers != after.servers:
            servers = [", ".join(one.servers) or "none of its own" for one in (before, after)]
            self._emit(POLICY, "servers", "server", " becomes ".join(servers))
        if before.deprecated != after.deprecated:
            self._emit(POLICY, "", "deprecated", "is now deprecated" if after.deprecated else "is no longer deprecated")
        if before.scopes != after.scopes:
            self._emit(POLICY, "scopes", "scope", f"{_scopes(before)} becomes {_scopes(after)}")
        if before.retry_class != after.retry_class:
            self._emit(POLICY, "retries", "retry-class", f"{before.retry_class} becomes {after.retry_class}")


def _terms(old: Document, new: Document) -> list[Change]:
    """What concerns the whole contract: its servers and how callers sign in."""
    changes: list[Change] = []
    before, after = ([json.dumps(_server(one)) for one in document.get("servers", [])] for document in (old, new))
    urls = [[str(one.get("url")) for one in document.get("servers", [])] for document in (old, new)]
    if sorted(before) != sorted(after):
        changes.append(
            Change(
                POLICY,
                "",
                "servers",
                "server",
                f"{', '.join(urls[0]) or 'none'} becomes {', '.join(urls[1]) or 'none'}",
            )
        )
    schemes = [document.get("components", {}).get("securitySchemes", {}) for document in (old, new)]
    for name in sorted(schemes[0].keys() | schemes[1].keys()):
        one, other = (scheme.get(name, {}) for scheme in schemes)
        if one.get("type") != other.get("type"):
            text = f"{one.get('type', 'none')} becomes {other.get('type', 'none')}"
            changes.append(Change(BREAKS_WIRE, "", f"sign-in {name}", "security-scheme", text))
        elif _flows(one) != _flows(other):
            told = sorted(_flows(one).items() ^ _flows(other).items())
            text = "changed: " + ", ".join(dict.fromkeys(key for key, _ in told))
            changes.append(Change(POLICY, "", f"sign-in {name}", "sign-in", text))
    return changes


def _server(server: dict[str, Any]) -> dict[str, Any]:
    variables = {name: one.get("default") for name, one in server.get("variables", {}).items()}
    extensions = {key: server[key] for key in sorted(server) if key.startswith("x-")}
    return {"url": server.get("url"), "variables": variables, **extensions}


def _flows(scheme: dict[str, Any]) -> dict[str, str]:
    """Addresses and scopes of each flow, flat."""
    flat: dict[str, str] = {
        key: str(scheme[key]) for key in ("name", "in", "scheme", "openIdConnectUrl") if key in scheme
    }
    for flow, told in scheme.get("flows", {}).items():
        flat[flow] = "there"
        flat |= {
            f"{flow} {key}": str(told[key]) for key in ("authorizationUrl", "tokenUrl", "refreshUrl") if key in told
        }
        flat |= {f"{flow} scope {scope}": "there" for scope in told.get("scopes", {})}
    return flat


def _parameter(key: tuple[str, str]) -> str:
    return f"{key[0]} parameter {key[1]}"


def _style(parameter: dict[str, Any]) -> tuple[Any, Any]:
    style = parameter.get("style", "form" if parameter["in"] in ("query", "cookie") else "simple")
    return style, parameter.get("explode", style == "form")


def _rates(limits: tuple[Limit, ...]) -> str:
    return (
        " and ".join(f"{one[0]} calls in {one[1]} s" + (f" per {one[2]}" if one[2] else "") for one in limits) or "none"
    )


def _locks(limits: tuple[Limit, ...]) -> str:
    return " and ".join("none" if one[3] is None else f"{one[3]} s" for one in limits) or "none"


def _scopes(operation: Operation) -> str:
    return " or ".join(sorted("+".join(sorted(option)) or "nobody signed in" for option in operation.scopes)) or "none"
