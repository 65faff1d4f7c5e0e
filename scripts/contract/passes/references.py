"""References and defaults that OpenAPI allows in several forms: one form each."""

from __future__ import annotations

from contract.document import METHODS, Document, copied, copy_json, deref, operations
from contract.errors import ContractError, warn
from contract.names import snake, unused, words


def inline_parts(document: Document) -> Document:
    """Put shared parameters, bodies and responses where they are used; a path's parameters move to its operations."""
    document = copied(document)
    for path, _, operation in operations(document):
        declared = [copy_json(deref(document, one)) for one in operation.get("parameters", [])]
        known = {(one["name"], one["in"]) for one in declared}
        for one in document["paths"][path].get("parameters", []):
            shared = copy_json(deref(document, one))
            if (shared["name"], shared["in"]) not in known:
                declared.append(shared)
        if declared or "parameters" in operation:
            operation["parameters"] = declared
        if not declared:
            operation.pop("parameters", None)
        if "requestBody" in operation:
            operation["requestBody"] = copy_json(deref(document, operation["requestBody"]))
        operation["responses"] = {
            status: copy_json(deref(document, response)) for status, response in operation["responses"].items()
        }
    for item in document["paths"].values():
        item.pop("parameters", None)
    components = document.setdefault("components", {})
    for kind in ("parameters", "requestBodies", "responses"):
        components.pop(kind, None)
    return document


def own_security(document: Document) -> Document:
    """Put the document's security and a path's servers on each operation that has none of its own."""
    document = copied(document)
    general = document.pop("security", None)
    for path, _, operation in operations(document):
        if general is not None:
            operation.setdefault("security", copy_json(general))
        if "servers" in document["paths"][path]:
            operation.setdefault("servers", copy_json(document["paths"][path]["servers"]))
    for item in document["paths"].values():
        item.pop("servers", None)
    return document


def name_operations(document: Document) -> Document:
    """Give every operation an operationId of its own; a missing or repeated one is made, with a warning."""
    document = copied(document)
    seen: set[str] = set()
    for path, method, operation in operations(document):
        documented = operation.get("operationId")
        name = unused(documented or _made(method, path), seen)
        if name != documented:
            warn(
                f"{method.upper()} {path}: operationId {documented!r} is "
                f"{'repeated' if documented else 'missing'}; named {name!r}"
            )
            operation["operationId"] = name
        seen.add(name)
    return document


def _made(method: str, path: str) -> str:
    first, *rest = words(snake(f"{method} {path.partition('?')[0]}").replace("_", " "))
    return first + "".join(word.title() for word in rest)


def virtual_endpoints(document: Document) -> Document:
    """Move the markers of virtual endpoints to their operations; refuse one that does not say where it really is."""
    document = copied(document)
    for path, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            for key in ("x-virtual-endpoint", "x-display-path"):
                if key in item:
                    operation.setdefault(key, item[key])
            if operation.get("x-virtual-endpoint") and not operation.get("x-display-path"):
                raise ContractError(
                    f"{method.upper()} {path}: a virtual endpoint without x-display-path; say which path it stands for"
                )
            operation.pop("x-note", None)  # it explains the alias, which goes
        for key in ("x-virtual-endpoint", "x-display-path"):
            item.pop(key, None)
    return document
