"""The normalising passes, in the order in which they run; each takes a document and returns a new one."""

from __future__ import annotations

from collections.abc import Callable

from contract.document import Document
from contract.errors import ContractError
from contract.passes.codes import lift_error_codes
from contract.passes.collapse import collapse_virtual_paths
from contract.passes.dialect import drop_bodies_of_204, openapi_31
from contract.passes.hoist import hoist_inline_schemas, pascal_components
from contract.passes.limits import lift_rate_limits
from contract.passes.parameters import comma_lists, declare_path_parameters, query_strings_in_paths, snake_case_paths
from contract.passes.references import inline_parts, name_operations, own_security, virtual_endpoints
from contract.passes.roles import close_requests, drop_unused_schemas, open_responses, split_shared_schemas
from contract.passes.text import html_to_markdown
from contract.passes.tidy import order_keys, share_error_responses

PASSES: tuple[Callable[[Document], Document], ...] = (
    order_keys,
    html_to_markdown,
    inline_parts,
    own_security,
    name_operations,
    virtual_endpoints,
    openapi_31,
    drop_bodies_of_204,
    drop_unused_schemas,
    lift_rate_limits,
    lift_error_codes,
    query_strings_in_paths,
    declare_path_parameters,
    snake_case_paths,
    comma_lists,
    pascal_components,
    hoist_inline_schemas,
    split_shared_schemas,
    close_requests,
    open_responses,
    collapse_virtual_paths,
    drop_unused_schemas,
    share_error_responses,
    order_keys,
)


def normalise(document: Document) -> Document:
    """Run every pass. Raises `ContractError`; warns `ContractWarning` where the document is unclear."""
    for one in PASSES:
        try:
            document = one(document)
        except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            raise ContractError(
                f"{one.__name__} cannot read the document ({what}); check it with a validator"
            ) from error
    return document
