"""A short way through plain templates: Liquid as Python code, equal to the byte or stepping aside for the long way.

What it takes are texts, outputs of plain names through the commonest filters, `if` and `unless`. Whatever else a
template holds, and whatever else a value is, goes the long way: then nothing is compiled, or `Aside` is raised. The
filters are the language's own; only the walk from node to node is made anew. No text of a template ever becomes code:
literals and names are constants the code refers to by number.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import liquid
from liquid import ast
from liquid.builtin import content, expressions, output
from liquid.builtin.expressions import arguments, filtered, logical, primitive
from liquid.builtin.tags import comment_tag, doc_tag, if_tag, inline_comment_tag, unless_tag

#: Bounds within which no template can come near those of the long way, so that they need not be counted.
LONGEST_VALUE = 1024
LONGEST_ARGUMENT = 1024
MOST_FILTERS = 200
MOST_IN_CHAIN = 3
GREATEST = 10**18
MOST_NODES = 1000  #: tags, outputs, texts and conditions

#: Filters whose outcome is a text not much longer than what they are given, whatever that is.
FILTERS = frozenset(
    (
        "append",
        "capitalize",
        "default",
        "downcase",
        "escape",
        "lstrip",
        "prepend",
        "rstrip",
        "strip",
        "upcase",
    )
) | {"url_encode"}

Fast = Callable[[Mapping[str, object]], str]


class Aside(Exception):
    """This template, or this value, goes the long way."""


class _Nothing:
    """A name without a value."""


NOTHING = _Nothing()
_PLAIN = frozenset((str, int, float, bool, _Nothing))


def compiled(bound: liquid.BoundTemplate) -> Fast | None:
    """The template as a function of its values; None where it goes the long way.

    The function raises, whatever it raises, where its outcome might differ from the long way's.
    """
    try:
        return _Writer(bound.env).function(bound.nodes)
    except (Aside, RecursionError, SyntaxError, MemoryError):  # the last two: nested deeper than Python reads
        return None


class _Writer:
    """Writes one template's function."""

    def __init__(self, env: liquid.Environment) -> None:
        self._env = env
        self._names: dict[str, str] = {}  #: of the template to the local variable that holds its value
        self._constants: dict[str, Any] = {"v_eq": _equal, "v_lt": _less, "v_le": _at_most, "v_in": _contains}
        self._constants |= {"v_take": _take, "v_no": NOTHING, "v_text": _safe if env.autoescape else _text}
        self._filters = 0
        self._nodes = 0

    def function(self, nodes: Iterable[ast.Node]) -> Fast:
        body = self._block(nodes, "    ", silent=False)
        heads = [
            f"    {local} = v_take(values, {self._constant(name)})" for name, local in self._names.items()
        ]
        lines = ["def fill(values):", *heads, "    parts = []", "    write = parts.append", *body]
        space: dict[str, Any] = dict(self._constants)
        source = "\n".join([*lines, "    return ''.join(parts)"])
        exec(compile(source, "<template>", "exec"), space)  # noqa: S102 - made of our own words and numbers alone
        fast: Fast = space["fill"]
        return fast

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Aside

    def _constant(self, value: object) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def _block(self, nodes: Iterable[ast.Node], indent: str, *, silent: bool) -> list[str]:
        """The statements of some nodes; a silent block is walked for its errors and writes nothing."""
        return [line for node in nodes for line in self._node(node, indent, silent=silent)]

    def _node(self, node: ast.Node, indent: str, *, silent: bool) -> list[str]:
        self._count()
        kind = type(node)
        if isinstance(node, content.ContentNode):
            return [] if silent else [f"{indent}write({self._constant(node.text)})"]
        if isinstance(node, output.OutputNode):
            return [f"{indent}write({self._output(node.expression)})"]
        if kind is if_tag.IfNode or kind is unless_tag.UnlessNode:
            return self._conditional(node, indent, silent=silent, negated=kind is unless_tag.UnlessNode)
        if kind in _UNSEEN:
            return []
        raise Aside

    def _conditional(self, node: Any, indent: str, *, silent: bool, negated: bool) -> list[str]:
        condition = self._truth(node.condition)
        lines = [f"{indent}if {f'not ({condition})' if negated else condition}:"]
        lines += self._branch(node.consequence, indent, silent=silent)
        for alternative in node.alternatives:
            lines.append(f"{indent}elif {self._truth(alternative.expression)}:")
            lines += self._branch(alternative.block, indent, silent=silent)
        if node.default:
            lines.append(f"{indent}else:")
            lines += self._branch(node.default, indent, silent=silent)
        return lines

    def _branch(self, block: ast.BlockNode, indent: str, *, silent: bool) -> list[str]:
        inner = indent + " "
        silent = block.blank and self._env.suppress_blank_control_flow_blocks
        return self._block(block.nodes, inner, silent=silent) or [f"{inner}pass"]

    # -- expressions ------------------------------------------------------------------------------

    def _output(self, expression: object) -> str:
        if type(expression) is not filtered.FilteredExpression:
            raise Aside
        value = self._value(expression.left)
        chain = expression.filters or []
        if len(chain) > MOST_IN_CHAIN:
            raise Aside
        for one in chain:
            value = self._filtered(value, one)
        return f"v_text({value})"

    def _filtered(self, value: str, one: filtered.Filter) -> str:
        self._filters += 1
        if one.name not in FILTERS or self._filters > MOST_FILTERS:
            raise Aside
        given = []
        for argument in one.args:
            if type(argument) is not arguments.PositionalArgument:
                raise Aside
            given.append(self._literal(argument.value))
        function = self._env.filters[one.name]
        if getattr(function, "with_environment", False):
            function = functools.partial(function, environment=self._env)
        wanted = _default if one.name == "default" else _present(function)
        return f"{self._constant(wanted)}({', '.join([value, *given])})"

    def _literal(self, argument: object) -> str:
        if isinstance(argument, primitive.StringLiteral) and len(argument.value) <= LONGEST_ARGUMENT:
            return self._constant(liquid.Markup(argument.value) if self._env.autoescape else argument.value)
        if isinstance(argument, primitive.IntegerLiteral) and abs(argument.value) <= GREATEST:
            return self._constant(argument.value)
        raise Aside

    def _value(self, expression: object) -> str:
        kind = type(expression)
        if isinstance(expression, expressions.Path):
            return self._name(expression.path)
        if kind is primitive.FloatLiteral or kind is primitive.TrueLiteral or kind is primitive.FalseLiteral:
            return self._constant(expression.value)  # type: ignore[attr-defined]
        if kind is primitive.Nil:
            return "None"
        return self._literal(expression)

    def _name(self, path: Sequence[object]) -> str:
        if len(path) != 1 or type(path[0]) is not str:
            raise Aside
        return self._names.setdefault(path[0], f"n{len(self._names)}")

    def _truth(self, expression: object) -> str:
        self._count()
        kind = type(expression)
        if isinstance(expression, logical.BooleanExpression):
            return self._truth(expression.expression)
        if isinstance(expression, logical.LogicalAndExpression):
            return f"({self._truth(expression.left)} and {self._truth(expression.right)})"
        if isinstance(expression, logical.LogicalOrExpression):
            return f"({self._truth(expression.left)} or {self._truth(expression.right)})"
        if isinstance(expression, logical.LogicalNotExpression):
            return f"(not {self._truth(expression.right)})"
        if kind in _COMPARISONS:
            pair: Any = expression
            return _COMPARISONS[kind].format(self._side(pair.left), self._side(pair.right))
        value = self._value(expression)
        return f"({value} is not v_no and {value} is not False and {value} is not None)"

    def _side(self, expression: object) -> str:
        if isinstance(expression, primitive.Empty | primitive.Blank):
            return self._constant(expression)
        return self._value(expression)


_UNSEEN = frozenset((comment_tag.CommentNode, inline_comment_tag.InlineCommentNode, doc_tag.DocNode))
_COMPARISONS = {
    logical.EqExpression: "v_eq({0}, {1})",
    logical.NeExpression: "(not v_eq({0}, {1}))",
    logical.LtExpression: "v_lt({0}, {1})",
    logical.GtExpression: "v_lt({1}, {0})",
    logical.LeExpression: "v_le({0}, {1})",
    logical.GeExpression: "v_le({1}, {0})",
    logical.ContainsExpression: "v_in({0}, {1})",
}


def _take(values: Mapping[str, object], name: str) -> object:
    """A plain value by its name. Raises Aside for any other."""
    value = values.get(name, NOTHING)
    kind = type(value)
    if kind is str:
        if len(value) > LONGEST_VALUE:  # type: ignore[arg-type]
            raise Aside
    elif kind not in _PLAIN or (kind is int and abs(value) > GREATEST):  # type: ignore[arg-type]
        raise Aside
    return value


def _text(value: object) -> str:
    """As the long way writes a value."""
    if isinstance(value, str):
        return value
    if value is NOTHING:
        raise Aside
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _safe(value: object) -> str:
    """The same for HTML; what is marked as safe stays as it is."""
    if type(value) is str and len(value) <= _LONGEST_KEPT:
        return _escaped(value)
    return liquid.escape(_text(value))


#: A person's values stand in many places of one content, and many people share some.
_escaped = functools.lru_cache(maxsize=1024)(liquid.escape)
_LONGEST_KEPT = 200  #: characters


def _present(function: Callable[..., Any]) -> Callable[..., Any]:
    def filtered_value(value: object, *given: object) -> object:
        if value is NOTHING:
            raise Aside
        return function(value, *given)

    return filtered_value


def _default(value: object, instead: object = "") -> object:
    if value is NOTHING or value is None or value is False or value == "":
        return instead
    return value


def _equal(left: object, right: object) -> bool:
    if left is NOTHING:
        return right is None or right is NOTHING
    if right is NOTHING:
        return left is None
    if isinstance(right, primitive.Empty | primitive.Blank):
        left, right = right, left
    if isinstance(right, bool):
        left, right = right, left
    if isinstance(left, bool):
        return isinstance(right, bool) and left == right
    return bool(left == right)


def _less(left: object, right: object) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left < right
    if left is None or right is None or left is NOTHING or right is NOTHING:
        return False
    raise Aside


def _at_most(left: object, right: object) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left <= right
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left <= right
    if left is None or right is None or left is NOTHING or right is NOTHING:
        return False
    return _equal(left, right)


def _contains(left: object, right: object) -> bool:
    for side in (left, right):
        if side is NOTHING or side is None or side is False:
            return False
    if isinstance(left, str):
        return str(right) in left
    raise Aside
