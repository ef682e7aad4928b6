"""Liquid with every bound set: what a template's author writes can cost neither time nor memory, nor see an object."""

import contextlib
import difflib
import functools
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import liquid
import liquid.builtin.expressions.logical as liquid_logical
import liquid.builtin.expressions.primitive as liquid_primitive
from liquid import ast, context, exceptions, expression, token, undefined
from liquid import utils as liquid_utils

from server.pipeline.content import compiling, filters

#: Characters of the longest template, and of the longest text it may become.
LONGEST_SOURCE = 500_000
LONGEST_OUTPUT = 1_000_000
#: Tags and outputs in one template.
MOST_NODES = 5_000
#: Turns of one loop, nested loops multiplied.
MOST_TURNS = 10_000
#: Raw and doc blocks; looking for the end of each walks the rest of the template.
MOST_VERBATIM = 100
#: What one rendering may cost, in units of about a microsecond: turns times nodes, texts by their length. A count and
#: not a clock, so that the verdict is the same on every machine and at every hour.
MOST_WORK = 300_000
#: Bytes that assigned names may hold.
MOST_HELD = 1_000_000

_OUTPUT = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_VERBATIM = re.compile(r"\{%-?\s*(?:raw|doc)\b")


class Broken(Exception):
    """A template that cannot be understood. `line` counts from 1; 0 where it is not known."""

    def __init__(self, message: str, *, line: int = 0, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.remedy = remedy

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


class Missing(exceptions.UndefinedError):
    """A variable was needed and has no value. `variable` is its path: `city`, `order.total`."""

    def __init__(self, variable: str, *, token: token.Token | None) -> None:
        super().__init__(f"{variable} has no value", token=token)
        self.variable = variable


class Absent(undefined.Undefined):
    """A variable without a value: it may be asked whether it is there and be given a default, and nothing else."""

    __slots__ = ()
    force_liquid_default = True

    def __bool__(self) -> bool:
        return False

    def _refuse(self, *_: object) -> NoReturn:
        hint = str(self.hint or "")
        path = hint.removesuffix(" is undefined").strip("'") if hint.endswith(" is undefined") else self.name
        raise Missing(path, token=self.token)

    __str__ = _refuse
    __int__ = _refuse
    __len__ = _refuse
    __iter__ = _refuse
    __reversed__ = _refuse
    __contains__ = _refuse
    __getitem__ = _refuse
    __hash__ = undefined.Undefined.__hash__


class _Meter:
    """Counts the work of one rendering down."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_WORK

    def spend(self, units: int) -> None:
        """Raises LiquidError when the work is used up."""
        self.left -= units
        if self.left < 0:
            raise exceptions.LoopIterationLimitError("it takes too much work to render", token=None)


class _Sheet(io.StringIO):
    """What a rendering is written on; it ends."""

    def __init__(self, meter: _Meter) -> None:
        super().__init__()
        self._meter = meter
        self._left = LONGEST_OUTPUT

    def write(self, text: str) -> int:
        """Raises LiquidError when the sheet is full."""
        length = len(text)
        self._left -= length
        if self._left < 0:
            raise exceptions.OutputStreamLimitError(
                f"it becomes longer than {LONGEST_OUTPUT:,} characters", token=None
            )
        if length > 1024:
            self._meter.spend(length // 256)
        return super().write(text)


class _Context(context.RenderContext):
    """One rendering's names and bounds; the present moment is not among the names."""

    __slots__ = ("_held", "_meter", "_nodes", "_sizes")

    def __init__(self, template: liquid.BoundTemplate, *, globals: Mapping[str, object], nodes: int) -> None:  # noqa: A002
        super().__init__(template, globals=globals)
        self.scope = liquid_utils.ReadOnlyChainMap(self.locals, self.globals, self.counters)
        self._meter = _Meter()
        self._nodes = nodes
        self._held = 0
        self._sizes: dict[str, int] = {}

    def assign(self, key: str, val: Any) -> None:
        """Hold a value under a name. Raises LiquidError when too much is held."""
        size = 64 + (
            len(val) * (8 if isinstance(val, list | tuple) else 4)
            if isinstance(val, str | list | tuple)
            else 0
        )
        self._held += size - self._sizes.get(key, 0)
        self._sizes[key] = size
        self._meter.spend(size // 1024)
        if isinstance(val, range) and len(val) > MOST_TURNS:
            raise exceptions.LoopIterationLimitError(
                f"a range spans more than {MOST_TURNS:,} numbers", token=None
            )
        if self._held > MOST_HELD:
            raise exceptions.LocalNamespaceLimitError("assigned names hold more than a megabyte", token=None)
        self.locals[key] = val

    def filter(self, name: str, token: token.Token | None) -> Any:
        """The filter of this name, behind the bounds."""
        return filters.bounded(name, super().filter(name, token), self._meter.spend)

    def stopindex(self, key: str, index: int | None = None) -> int:
        """Where a loop stops. A range is walked up to there even where its beginning is left out."""
        if index is not None and index > MOST_TURNS:
            raise exceptions.LoopIterationLimitError(
                f"a loop turns more than {MOST_TURNS:,} times", token=None
            )
        return super().stopindex(key, index)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Charge a loop's turns before the first of them."""
        super().raise_for_loop_limit(length)
        self._meter.spend(length * self._nodes)

    def get_buffer(self, buf: Any = None) -> _Sheet:
        """What a captured block is written on."""
        return _Sheet(self._meter)

    def sheet(self) -> _Sheet:
        """What the whole is written on."""
        return _Sheet(self._meter)


class _Environment(liquid.Environment):
    block_nesting_limit = 30
    context_depth_limit = 30
    loop_iteration_limit = MOST_TURNS
    local_namespace_limit = MOST_HELD
    output_stream_limit = LONGEST_OUTPUT

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(undefined=Absent, autoescape=autoescape, strict_filters=True)
        for tag in ("include", "render"):  # there is nothing to include: no file is ever read for a template
            del self.tags[tag]
        self.add_filter("date", filters.date)
        self.add_filter("strip_html", filters.strip_html)


_TEXT = _Environment(autoescape=False)
_HTML = _Environment(autoescape=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A template ready to be rendered any number of times."""

    variables: frozenset[str]  #: the names it takes from outside, without what follows a dot
    lines: Mapping[str, int]  #: variable to the line that names it first
    _bound: liquid.BoundTemplate
    _nodes: int
    _fast: compiling.Fast | None = None

    @property
    def bound(self) -> liquid.BoundTemplate:
        """The template as the language understands it."""
        return self._bound

    def render(self, values: Mapping[str, object]) -> str:
        """Fill in. Raises Missing for a variable without a value, Broken for whatever else goes wrong."""
        if self._fast is not None:
            with contextlib.suppress(Exception):  # whatever is the matter, the long way knows its name
                return self._fast(values)
        return self.render_slowly(values)

    def render_slowly(self, values: Mapping[str, object]) -> str:
        """The same by the language's own renderer, by which the short way is judged."""
        rendering = _Context(self._bound, globals=values, nodes=self._nodes)
        sheet = rendering.sheet()
        try:
            self._bound.render_with_context(rendering, sheet)
        except Missing:
            raise
        except exceptions.LiquidError as error:
            raise _broken(error) from error
        except RecursionError as error:
            raise Broken(
                "it is nested too deeply", remedy="Split the condition or the expression."
            ) from error
        except Exception as error:
            raise Broken(f"a value does not fit its place ({type(error).__name__})") from error
        return sheet.getvalue()


@functools.lru_cache(maxsize=256)
def compiled(source: str, *, html: bool) -> Compiled:
    """Understand a template. Raises Broken with the line and the remedy."""
    _refuse_unclosed(source)
    try:
        bound = (_HTML if html else _TEXT).from_string(source)
        analysis = bound.analyze(include_partials=False)
        nodes = _inspect(bound)
    except exceptions.LiquidError as error:
        if isinstance(error.__cause__, RecursionError):
            raise _too_deep() from error
        raise _broken(error, line=_line_of_broken_output(source)) from error
    except RecursionError as error:
        raise _too_deep() from error
    for name, spans in analysis.filters.items():
        if name not in bound.env.filters:
            raise _unknown_filter(name, _line(source, spans[0].index), bound.env.filters)
    lines = {name: _line(source, found[0].span.index) for name, found in analysis.globals.items()}
    return Compiled(
        variables=frozenset(lines), lines=lines, _bound=bound, _nodes=nodes, _fast=compiling.compiled(bound)
    )


def _refuse_unclosed(source: str) -> None:
    """Find what is opened and never closed in one pass; the language's own reader needs the square of the length."""
    if len(source) > LONGEST_SOURCE:
        raise Broken(f"it is longer than {LONGEST_SOURCE:,} characters", remedy="Shorten it.")
    for opening, closing in (("{{", "}}"), ("{%", "%}")):
        last = source.rfind(opening)
        if last >= 0 and source.find(closing, last) < 0:
            raise Broken(
                f"`{opening}` is opened and never closed",
                line=_line(source, last),
                remedy=f"Close it with `{closing}`.",
            )
    if len(_VERBATIM.findall(source)) > MOST_VERBATIM:
        raise Broken(f"it holds more than {MOST_VERBATIM} raw and doc blocks", remedy="Join them.")


def _inspect(bound: liquid.BoundTemplate) -> int:
    """How many tags and outputs there are. Raises Broken for what no bound could hold at render time."""
    static = context.RenderContext(bound)
    count = 0
    for node in _nodes(bound.nodes, static):
        count += 1
        if count > MOST_NODES:
            raise Broken(f"it holds more than {MOST_NODES:,} tags and outputs", remedy="Split or shorten it.")
        for part in _parts(node.expressions()):
            if isinstance(part, liquid_logical.ContainsExpression) and isinstance(
                part.left, liquid_primitive.RangeLiteral
            ):
                raise Broken(
                    "a range cannot be asked what it contains", remedy="Compare with >= and <= instead."
                )
    return max(count, 1)


def _nodes(nodes: Iterable[ast.Node], static: context.RenderContext) -> Iterator[ast.Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children(static, include_partials=False), static)


def _parts(expressions: Iterable[expression.Expression]) -> Iterator[expression.Expression]:
    for part in expressions:
        yield part
        yield from _parts(part.children())


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, index) + 1 if index >= 0 else 0


def _too_deep() -> Broken:
    return Broken("it is nested too deeply", remedy="Split the condition or the expression.")


def _broken(error: exceptions.LiquidError, *, line: int = 0) -> Broken:
    if error.token and error.token.start_index >= 0:
        line = _line(error.token.source, error.token.start_index)
    return Broken(str(error.message)[:300].replace("end of expression", "the end"), line=line)


def _line_of_broken_output(source: str) -> int:
    """The line of the first output that is broken by itself, for errors at an end the language tells no place of."""
    for found in _OUTPUT.finditer(source):
        try:
            _TEXT.from_string(found[0])
        except exceptions.LiquidError:
            return _line(source, found.start())
    return 0


def _unknown_filter(name: str, line: int, known: Mapping[str, object]) -> Broken:
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean `{close[0]}`?" if close else "Look the filter's name up in the Liquid reference."
    return Broken(f"there is no filter `{name}`", line=line, remedy=remedy)
