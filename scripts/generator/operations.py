"""The operations and drivers: openapi-python-client reads the contract and fills our templates."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from contract.document import Document
from contract.errors import ContractError
from generator.views import OperationView, view

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "openapi_python_client"
_OWN_MODULES = ("contract", "encoding")
"""Modules that come from a template of ours and are none of the tool's own."""


def write_operations(document: Document, target: Path, header: str) -> None:
    """Write the package but for its models. Raises `ContractError` for what the tool cannot read."""
    settings = ConfigFile(post_hooks=[], literal_enums=True, package_name_override=target.name)
    config = Config.from_sources(
        settings, MetaType.NONE, target / "unused", "utf-8", overwrite=True, output_path=target
    )
    data = GeneratorData.from_dict(_without_examples(document), config=config)
    if not isinstance(data, GeneratorData):
        raise ContractError(f"openapi-python-client cannot read the contract: {data.header} {data.detail}")
    project = Project(openapi=data, config=config, custom_template_path=_TEMPLATES)
    collections = list(data.endpoint_collections_by_tag.values())
    endpoints = sorted(
        (one for collection in collections for one in collection.endpoints), key=lambda one: str(one.name)
    )
    views = {id(one): _view(document, one) for one in endpoints}
    project.env.globals.update(
        header=header,
        title=str(document["info"]["title"]).replace('"', "'").replace("\\", ""),
        endpoints=endpoints,
        operation_of=lambda endpoint: views[id(endpoint)],
    )
    with contextlib.redirect_stdout(io.StringIO()):
        errors = project.build()
    if errors:
        raise ContractError("; ".join(f"openapi-python-client: {one.header} {one.detail}" for one in errors))
    for name in _OWN_MODULES:
        (target / f"{name}.py").write_text(project.env.get_template(f"{name}.py.jinja").render(), encoding="utf-8")
    _arrange(target)


def _view(document: Document, endpoint: Any) -> OperationView:
    arguments = {
        one.name.get_untrusted_value() if hasattr(one.name, "get_untrusted_value") else str(one.name): str(
            one.python_name
        )
        for one in (*endpoint.path_parameters, *endpoint.query_parameters)
    }
    return view(document, endpoint.path.get_untrusted_value(), endpoint.method, arguments)


def _arrange(target: Path) -> None:
    """Put the tool's folder for each tag into one, `operations`, and drop its models."""
    shutil.rmtree(target / "models")
    folder = target / "operations"
    folder.mkdir()
    for module in sorted((target / "api").glob("*/*.py")):
        if module.name != "__init__.py":
            module.rename(folder / module.name)
    (target / "api" / "__init__.py").rename(folder / "__init__.py")
    shutil.rmtree(target / "api")


def _without_examples(document: Document) -> Document:
    """The document as the tool can read it: extensions and examples say nothing to it, and some it rejects."""

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: plain(value)
                for key, value in node.items()
                if key not in ("example", "examples") and not key.startswith("x-")
            }
        return [plain(value) for value in node] if isinstance(node, list) else node

    result: Document = plain(document)
    return result
