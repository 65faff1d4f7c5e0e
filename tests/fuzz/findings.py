"""What schemathesis reports that is no defect, each with its reason."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData, UndefinedContentType

BY_STATE = re.compile(
    # Whether an id is known, and what may be done with it, depends on the board; no schema can say it.
    r"the user has no folder|the user has no chat|the user is not in chat|the user may not pin chat"
    r"|chat .* is not in the folder|nothing can stand above|the user has \d+ folders already"
    # My Pins has an id as folders have, but stays where it is and as it is.
    r"|My Pins (stays|does not move|has no details|cannot be rearranged)"
    # Whether a call is stale depends on the board's last change.
    r"|changed at \d+, last_sync_time is"
    # The schema has any string; that it must be a time stands in the description only.
    r"|last_sync_time is no ISO 8601 time"
    # Readings that refuse what the schema allows; the contract leaves them open.
    r"|a chat is named twice|symbol is missing|chat .* is in that folder already",
    re.DOTALL,
)
"""The simulator's own words for a refusal of a call that its schemas allow."""

# Seen of the service: without a token it answers 401 with a blank page, and the contract documents JSON only.
BLANK = "there is no Authorization header with a token"

# A list of one empty text and a list of nothing look the same in a query, and the contract allows the latter.
EMPTY_LIST = "include_fields="


def is_defect(failure: Failure, reason: str, url: str) -> bool:
    """Whether a finding is a defect of the simulator; `reason` is why it refused the call to that URL."""
    if isinstance(failure, RejectedPositiveData):
        return BY_STATE.match(reason) is None
    if isinstance(failure, AcceptedNegativeData):
        return EMPTY_LIST not in urlsplit(url).query.split("&")
    return not (isinstance(failure, UndefinedContentType) and reason == BLANK)
