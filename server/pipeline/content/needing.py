"""Which values a template cannot do without: without them a person is skipped."""

from collections.abc import Iterable, Set

import liquid as language
from liquid import ast, expression
from liquid.builtin.expressions import filtered, logical, primitive
from liquid.builtin.expressions import path as paths
from liquid.builtin.tags import case_tag, if_tag, unless_tag

from server.channels import contents, email
from server.pipeline.content import liquid, rendering

_NOTHING: frozenset[str] = frozenset()
_CONDITIONAL = (if_tag.IfNode, unless_tag.UnlessNode)


def needs(content: contents.Content) -> frozenset[str]:
    """The variables that one content needs in any of its fields. Its shared blocks are taken in before."""
    found = _NOTHING.union(
        *(text_needs(source, html=html) for _, source, html in rendering.templates(content))
    )
    return found - email.CONSTANTS.keys()


def text_needs(source: str, *, html: bool) -> frozenset[str]:
    """The same of one text; nothing where it cannot be understood.

    A value with a default is not needed, nor one that is only asked for, nor one written where it was asked for before.
    """
    try:
        compiled = liquid.compiled(source, html=html)
    except liquid.Broken:
        return _NOTHING
    walk = _Walk(compiled.bound)
    walk.block(compiled.bound.nodes, _NOTHING)
    return frozenset(walk.needed & compiled.variables)


class _Walk:
    """Goes through a template's nodes with the names that are known to have a value."""

    def __init__(self, bound: language.BoundTemplate) -> None:
        self.needed: set[str] = set()
        self._static = language.RenderContext(bound)

    def block(self, nodes: Iterable[ast.Node], known: Set[str]) -> None:
        for node in nodes:
            self._node(node, known)

    def _node(self, node: ast.Node, known: Set[str]) -> None:
        if isinstance(node, _CONDITIONAL):
            self._conditional(node, known)
            return
        if isinstance(node, case_tag.CaseNode):
            self._children(node, known)  # a value that is only compared is not needed
            return
        for part in node.expressions():
            self._expression(part, known)
        self._children(node, known)

    def _children(self, node: ast.Node, known: Set[str]) -> None:
        self.block(node.children(self._static, include_partials=False), known)

    def _conditional(self, node: if_tag.IfNode | unless_tag.UnlessNode, known: Set[str]) -> None:
        asked = _asked(node.condition)
        positive = isinstance(node, if_tag.IfNode)
        self.block(node.consequence.nodes, known | asked if positive else known)
        for alternative in node.alternatives:
            self.block(alternative.block.nodes, known | _asked(alternative.expression))
        if node.default:
            self.block(node.default.nodes, known if positive else known | asked)

    def _expression(self, part: expression.Expression, known: Set[str]) -> None:
        if isinstance(part, filtered.FilteredExpression):
            chain = part.filters or []
            if not (chain and chain[0].name == "default"):
                self._expression(part.left, known)
            for argument in (argument for one in chain for argument in one.args):
                self._expression(argument.value, known)
            return
        if isinstance(part, paths.Path):
            head = part.path[0] if part.path else ""
            if isinstance(head, str) and head not in known:
                self.needed.add(head)
            return
        for inner in part.children():
            self._expression(inner, known)


def _asked(condition: expression.Expression) -> frozenset[str]:
    """The names that have a value wherever a condition holds."""
    if isinstance(condition, logical.BooleanExpression):
        return _asked(condition.expression)
    if isinstance(condition, logical.LogicalAndExpression):
        return _asked(condition.left) | _asked(condition.right)
    if isinstance(condition, logical.LogicalOrExpression):
        return _asked(condition.left) & _asked(condition.right)
    if isinstance(condition, logical.EqExpression):
        return _head(condition.left) if isinstance(condition.right, primitive.StringLiteral) else _NOTHING
    return _head(condition)


def _head(part: object) -> frozenset[str]:
    if isinstance(part, paths.Path) and part.path and isinstance(part.path[0], str):
        return frozenset((part.path[0],))
    return _NOTHING
