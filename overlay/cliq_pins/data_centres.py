"""The vendor's data centres, from the contract's list of servers. Each has an API host and an accounts host."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from urllib.parse import quote

import msgspec
from msgspec import Struct

from ._generated import document_json
from .errors import ConfigurationError

NETWORK = "{network}"


class DataCentre(Struct, frozen=True):
    """One of them."""

    name: str
    """Its short name, such as `eu`."""
    api: str
    """The API's URL, with a place for the network account."""
    accounts_url: str
    description: str

    def base_url(self, network: str | None) -> str:
        """The API's URL for a network account, or for the organisation itself.

        Raises `ConfigurationError` for a name that cannot be one.
        """
        if network is not None and (not network.strip(". ") or not network.isprintable()):
            raise ConfigurationError(f"network: {network!r} is no name or id of a network account")
        return self.api.replace(NETWORK, f"/network/{quote(network, safe='')}" if network else "")


@cache
def data_centres() -> Mapping[str, DataCentre]:
    """Every data centre by its name."""
    servers = msgspec.json.decode(document_json())["servers"]
    return MappingProxyType(
        {
            one["x-data-centre"]: DataCentre(
                one["x-data-centre"], one["url"], one["x-accounts-url"], one["description"]
            )
            for one in servers
        }
    )


def data_centre(name: str) -> DataCentre:
    """A data centre by its name; `ConfigurationError` for one that there is not."""
    known = data_centres()
    if name.lower() in known:
        return known[name.lower()]
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), known, n=1)
    raise ConfigurationError(
        f"data_centre: {name!r} is none of {', '.join(known)}" + (f"; did you mean {near[0]!r}?" if near else "")
    )
