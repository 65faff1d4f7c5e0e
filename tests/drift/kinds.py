"""The kinds of drift, as one table. A kind that had instances of two classes would be two kinds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contract.changes.change import BREAKS_TYPES, BREAKS_WIRE, POLICY, TOLERATED
from drift import calls, errors, schemas
from drift.kind import Instance, Kind
from drift.published import answer_objects, request_objects

SENT, SAID, LISTED = request_objects(), answer_objects(), errors.listed()


def values_listed(objects: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, schemas.Edit]]:
    """A listed value more, less or another, where that is all of one class."""
    yield from schemas.value_added(objects)
    yield from schemas.value_removed(objects)
    yield from schemas.value_renamed(objects)


def bound(name: str, by: int) -> partial[Iterator[tuple[str, schemas.Edit]]]:
    return partial(schemas.bounded, SENT, name, by)


def most_items(by: int) -> Iterator[tuple[str, schemas.Edit]]:
    """In bodies, and in queries, where only prose says it."""
    yield from schemas.bounded(SENT, "maxItems", by)
    yield from calls.most_ids(by)


KINDS = (
    Kind("request property renamed", BREAKS_WIRE, partial(schemas.renamed, SENT)),
    Kind("request property removed", BREAKS_WIRE, partial(schemas.removed, SENT)),
    Kind("request property retyped", BREAKS_WIRE, partial(schemas.retyped, SENT)),
    Kind("request property nullable", TOLERATED, partial(schemas.nullable, SENT)),
    Kind("request property now required", BREAKS_WIRE, partial(schemas.now_required, SENT)),
    Kind("request property no longer required", TOLERATED, partial(schemas.no_longer_required, SENT)),
    Kind("request value added", TOLERATED, partial(schemas.value_added, SENT)),
    Kind("request value removed", BREAKS_WIRE, partial(schemas.value_removed, SENT)),
    Kind("request value renamed", BREAKS_WIRE, partial(schemas.value_renamed, SENT)),
    Kind("request maxLength tighter", BREAKS_WIRE, bound("maxLength", -1)),
    Kind("request maxLength looser", TOLERATED, bound("maxLength", 1)),
    Kind("request maxItems tighter", BREAKS_WIRE, partial(most_items, -1)),
    Kind("request maxItems looser", TOLERATED, partial(most_items, 1)),
    Kind("request items retyped", BREAKS_WIRE, partial(schemas.items_retyped, SENT)),
    Kind("request takes other properties", TOLERATED, partial(schemas.opened, SENT)),
    Kind("answer property renamed", BREAKS_TYPES, partial(schemas.renamed, SAID)),
    Kind("answer property removed", BREAKS_TYPES, partial(schemas.removed, SAID)),
    Kind("answer property retyped", BREAKS_WIRE, partial(schemas.retyped, SAID)),
    Kind("answer property nullable", TOLERATED, partial(schemas.nullable, SAID), silent=True),
    Kind("answer property now required", TOLERATED, partial(schemas.now_required, SAID)),
    Kind("answer values", TOLERATED, partial(values_listed, SAID)),
    Kind("answer items retyped", BREAKS_WIRE, partial(schemas.items_retyped, SAID)),
    Kind("answer property new", TOLERATED, partial(schemas.extra, SAID)),
    Kind("code added", TOLERATED, errors.code_added),
    Kind("code removed", BREAKS_TYPES, errors.code_removed),
    Kind("code renamed", BREAKS_TYPES, errors.code_renamed),
    Kind("code moved to another status", BREAKS_TYPES, errors.code_moved),
    Kind("codes listed", TOLERATED, partial(values_listed, LISTED)),
    Kind("refusal property renamed", BREAKS_TYPES, errors.envelope_renamed),
    Kind("refusal property removed", BREAKS_TYPES, errors.envelope_removed),
    Kind("refusal property retyped", BREAKS_WIRE, errors.envelope_retyped),
    Kind("refusal wrapped", BREAKS_TYPES, errors.envelope_wrapped),
    Kind("query parameter renamed", BREAKS_WIRE, calls.query_renamed),
    Kind("path parameter renamed", BREAKS_TYPES, calls.path_parameter_renamed),
    Kind("parameter retyped", BREAKS_WIRE, calls.parameter_retyped),
    Kind("parameter now required", BREAKS_WIRE, calls.parameter_required),
    Kind("parameter no longer required", TOLERATED, calls.parameter_optional),
    Kind("parameter moved", BREAKS_WIRE, calls.parameter_moved),
    Kind("path renamed", BREAKS_WIRE, calls.path_renamed),
    Kind("operation removed", BREAKS_WIRE, calls.operation_removed),
    Kind("method changed", BREAKS_WIRE, calls.method_changed),
    Kind("body no longer required", TOLERATED, calls.body_optional),
    Kind("body now required", BREAKS_WIRE, calls.body_required),
    Kind("request content type", BREAKS_WIRE, calls.request_type),
    Kind("answer content type", BREAKS_WIRE, calls.answer_type),
    Kind("status of a success", BREAKS_WIRE, calls.success_moved),
    Kind("status of refusals with a code", BREAKS_TYPES, calls.refusal_moved),
    Kind("status of other refusals", TOLERATED, calls.failure_moved),
    Kind("200 becomes 204", BREAKS_WIRE, calls.body_lost),
    Kind("204 becomes 200", BREAKS_WIRE, calls.body_gained),
    Kind("scope", POLICY, calls.scope_changed),
    Kind("rate limit", POLICY, calls.limit_changed),
    Kind("lock period", POLICY, calls.lock_changed),
    Kind("server address", POLICY, calls.server_changed),
    Kind("sign-in address", POLICY, calls.sign_in_changed),
)


def instances() -> Iterator[Instance]:
    """Every instance of every kind."""
    for kind in KINDS:
        yield from kind.instances
