"""Find every adapter by its key, from the table in resources/reference/providers.csv."""

import csv
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from server.providers import atlas, base, form
from server.wire import providers as wire

TABLE = Path(__file__).parents[2] / "resources" / "reference" / "providers.csv"


class Registry(Mapping[str, type[base.Provider]]):
    """Provider key to adapter. An adapter's module is imported when it is first asked for."""

    def __init__(self, table: Path) -> None:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        self._places = {row["key"]: (row["module"], row["class"]) for row in rows}
        self._atlas = {row["key"]: tuple(row["atlas"].split()) for row in rows}
        self._loaded: dict[str, type[base.Provider]] = {}

    def __getitem__(self, key: str) -> type[base.Provider]:
        """The adapter. Raises KeyError for a key that is not in the table."""
        if key not in self._loaded:
            module, name = self._places[key]
            found: type[base.Provider] = getattr(importlib.import_module(module), name)
            if found.key != key:
                raise ImportError(
                    f"{TABLE.name} gives {key} to {module}.{name}, which calls itself {found.key}"
                )
            self._loaded[key] = found
        return self._loaded[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def explain(self, key: str, code: str) -> atlas.Entry | None:
        """What a code means by the parts of the error atlas the vendor's row names, else by our own words for what
        goes wrong on the way; None for codes nobody knows.
        """
        tables = (*self._atlas.get(key, ()), atlas.TRANSPORT)
        found = [atlas.entry(table, code) for table in tables]
        if code.startswith("http-"):
            found.append(atlas.entry(atlas.STATUS, code.removeprefix("http-")))
        return next((entry for entry in found if entry is not None), None)


PROVIDERS = Registry(TABLE)


def types() -> list[wire.ProviderType]:
    """Every adapter with its form, in the table's order."""
    return [
        wire.ProviderType(
            key=key,
            channel=adapter.channel,
            title=adapter.title,
            about=adapter.about,
            fields=form.fields(adapter.settings_type),
        )
        for key, adapter in PROVIDERS.items()
    ]
