"""Two providers never meet, not even by way of what they share."""

import copy
from collections.abc import Collection

import grimp

from tests.architecture import tree


def meetings(graph: grimp.ImportGraph, modules: Collection[str]) -> list[str]:
    """Every chain of imports that leads from one of the modules to another."""
    found = graph.find_illegal_dependencies_for_layers(layers=({*modules},))
    return sorted(f"{one.importer} knows {one.imported}" for one in found)


def test_the_table_names_only_modules_that_exist() -> None:
    assert sorted(tree.providers() - tree.imports().modules) == []


def test_providers_never_meet() -> None:
    assert meetings(tree.imports(), tree.providers() & tree.imports().modules) == []


def test_a_meeting_by_way_of_a_shared_module_is_found() -> None:
    graph = copy.deepcopy(tree.imports())
    for module in ("server.providers.email.one", "server.providers.email.shared", "server.providers.sms.two"):
        graph.add_module(module)
    graph.add_import(importer="server.providers.email.one", imported="server.providers.email.shared")
    graph.add_import(importer="server.providers.email.shared", imported="server.providers.sms.two")
    pair = ("server.providers.email.one", "server.providers.sms.two")
    assert meetings(graph, pair) == ["server.providers.email.one knows server.providers.sms.two"]
