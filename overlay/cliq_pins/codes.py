"""What the service's codes and statuses mean, as classes of errors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from .errors import (
    AccessDenied,
    AuthenticationError,
    CliqError,
    InvalidRequest,
    LimitReached,
    NotFound,
    OperationFailed,
    PermissionDenied,
    RateLimited,
    RedirectRefused,
    ServerError,
    StaleBoard,
    UnknownError,
)

CODES: Mapping[str, type[CliqError]] = MappingProxyType(
    {
        "chat_access_denied": AccessDenied,
        "chat_operation_failed": OperationFailed,
        "client_not_synced": StaleBoard,
        "extra_key_found": InvalidRequest,
        "extra_param_found": InvalidRequest,
        "inactive_appaccount_user": PermissionDenied,
        "invalid_inputs": InvalidRequest,
        "max_folders_error": LimitReached,
        "max_pins_error": LimitReached,
        "oauthtoken_invalid": AuthenticationError,
        "oauthtoken_scope_invalid": PermissionDenied,
        "operation_failed": OperationFailed,
        "operation_not_allowed": PermissionDenied,
        "param_missing": InvalidRequest,
        "request_limit_exceeded": RateLimited,
        "request_url_invalid": NotFound,
        "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED": RateLimited,
    }
)
"""Every code that the contract has, and those seen beside it."""

STATUSES: Mapping[int, type[CliqError]] = MappingProxyType(
    {
        HTTPStatus.BAD_REQUEST: InvalidRequest,
        HTTPStatus.UNAUTHORIZED: AuthenticationError,
        HTTPStatus.FORBIDDEN: PermissionDenied,
        HTTPStatus.NOT_FOUND: NotFound,
        HTTPStatus.METHOD_NOT_ALLOWED: InvalidRequest,
        HTTPStatus.NOT_ACCEPTABLE: InvalidRequest,
        HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
    }
)
"""What a status means if the code does not say; below, what whole hundreds of them mean."""


def meaning(status: int, code: str | None) -> type[CliqError]:
    """The class of an answer's error: by its code if that is known, else by its status."""
    known = CODES.get(code or "") or STATUSES.get(status)
    if known:
        return known
    if 300 <= status < 400:
        return RedirectRefused
    return ServerError if 500 <= status < 600 else UnknownError
