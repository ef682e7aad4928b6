"""Every module says in a sentence what it is for, and something uses it."""

import ast
import fnmatch
import re
import textwrap

from tests.architecture import tree

#: Modules found by walking a folder, so that adding one touches nothing else. (Providers stand in a table.)
FOUND_BY_WALKING = (
    "console.views.*",
    "console.views.*.page",
    "server.twins.*.*",
    "server.store.migrations.env",
    "server.store.migrations.versions.*",
)

ANOTHER_SENTENCE = re.compile(r"[.!?]\s+[A-Z]")


def complaint(module: ast.Module) -> str | None:
    """What is wrong with the first words of a module, or None."""
    opening = (ast.get_docstring(module) or "").partition("\n\n")[0]
    if not opening:
        return "says nothing"
    if not opening.endswith((".", ":", "?")):
        return f"does not end its sentence: {opening!r}"
    if ANOTHER_SENTENCE.search(opening):
        return f"opens with more than one sentence: {opening!r}"
    return None


def test_a_module_opens_with_one_sentence() -> None:
    found = {tree.place(path): complaint(tree.syntax(path)) for path in tree.sources(*tree.PACKAGES, "tests")}
    assert {place: what for place, what in found.items() if what} == {}


def test_the_rule_of_one_sentence_tells_good_from_bad() -> None:
    said = ['"""Choose the lane."""', '"""Choose it. Then go."""', '"""Choose it"""', "import os"]
    assert [complaint(ast.parse(text)) is None for text in said] == [True, False, False, False]


def test_a_folder_of_modules_is_a_package() -> None:
    """The check of the floors does not see into a folder without an __init__.py."""
    folders = {path.parent for path in tree.sources(*tree.PACKAGES)}
    assert [tree.place(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def names_in_strings(module: ast.Module) -> set[str]:
    """Dotted names a module holds as text: `python -m` and deferred imports reach modules that way."""
    constants = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
    return {value.partition(":")[0] for value in constants if isinstance(value, str)}


def entry_points() -> set[str]:
    project = tree.project()["project"]
    scripts = {**project["scripts"], **project["gui-scripts"]}
    return {target.partition(":")[0] for target in scripts.values()}


def is_found_by_walking(module: str) -> bool:
    """Whether a pattern fits the module name, part by part."""
    return any(
        fnmatch.fnmatch(module, pattern) and module.count(".") == pattern.count(".")
        for pattern in FOUND_BY_WALKING
    )


def unreached(imports: dict[str, set[str]], roots: set[str]) -> set[str]:
    """The modules that no chain of imports from `roots` leads to; importing a module imports its parents."""
    reached: set[str] = set()
    todo = set(roots) & set(imports)
    while todo:
        module = todo.pop()
        reached.add(module)
        parents = {module.rsplit(".", depth)[0] for depth in range(1, module.count(".") + 1)}
        todo |= ((imports[module] | parents) & set(imports)) - reached
    return set(imports) - reached


def test_no_module_is_left_that_nobody_uses() -> None:
    graph = tree.imports()
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    for path in tree.sources(*tree.PACKAGES):
        imports.setdefault(tree.module_name(path), set()).update(names_in_strings(tree.syntax(path)))
    roots = entry_points() | tree.providers() | {module for module in imports if module.endswith(".__main__")}
    roots |= {module for module in imports if is_found_by_walking(module)}
    assert unreached(imports, roots) == set()


def test_a_module_nobody_imports_is_found() -> None:
    imports = {"a": set[str](), "a.main": {"a.used"}, "a.used": set(), "a.left": {"a.used"}}
    assert unreached(imports, {"a.main"}) == {"a.left"}


def test_a_module_run_by_name_counts_as_used() -> None:
    text = textwrap.dedent('''
        """Start the other one."""
        command = [python, "-m", "server.other"]
    ''')
    assert "server.other" in names_in_strings(ast.parse(text))
