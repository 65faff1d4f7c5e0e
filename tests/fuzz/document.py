"""What the tool has to be told beside the contract: the same contract in terms that it can act on."""

from __future__ import annotations

from typing import Any

FOLDER = {"category_id": "$response.body#/data/category_id"}
CHAT = {"chat_id": "$response.body#/data/chat_id"}
LINKS: dict[str, dict[str, dict[str, Any]]] = {
    "getPinCategories": {
        "create": {"operationId": "createPinCategory"},
        "pin": {"operationId": "pinChat"},
    },
    "createPinCategory": {
        "change": {"operationId": "updatePinCategory", "parameters": FOLDER},
        "delete": {"operationId": "deletePinCategory", "parameters": FOLDER},
        "fill": {"operationId": "pinChat", "requestBody": FOLDER},
    },
    "pinChat": {
        "rearrange": {"operationId": "updatePinCategory", "parameters": FOLDER},
        "unpin": {"operationId": "unpinChat", "parameters": CHAT},
    },
}
"""Where an answer's ids can be used. The tool finds out by itself for lists only, since `data` may be null."""


def explain(document: dict[str, Any]) -> None:
    """Add the links, and say OAuth as a header: the tool sends no credentials of a scheme `oauth2` and checks none."""
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization"}
    document["components"]["securitySchemes"] = {"Cliq_Auth": scheme}
    for item in document["paths"].values():
        for operation in item.values():
            if links := LINKS.get(operation.get("operationId")):
                operation["responses"]["200"]["links"] = links
