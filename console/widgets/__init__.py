"""What views are made of: tokens, type, inputs, tables, charts and the pieces between them.

theme       Theme (`active()`, `tokens()`, `color("accent")`), spaces and sizes; restyles the running application.
text        fonts for painters; `Label(text, style)`, `title`, `section`, `muted`, `caption`, `mono`, `Elided`.
icons       `bind(button, "mail")` keeps an icon right when the theme changes; `pixmap` for painters.
layout      `row`, `column`, `page`, `scroll`, `rule`, `boxed`, `clear`; ints are spaces, None is a stretch.
flow        `Flow`, a layout that breaks into lines.
buttons     `primary`, `plain`, `danger`, `ghost`, `icon`, `link`; `set_busy`; `Badge`.
inputs      the bare inputs; views use `fields` instead.
fields      `TextField`, `AreaField`, `SecretField`, `ChoiceField`, `NumberField`, `SwitchField`.
form        `Form(asked, stored=)`, drawn from server.wire.providers.Field.
pills       `Look` tables for every state (`MESSAGE`, `CAMPAIGN`, `HEALTH`, `IMPORT`), `look(table, state)`, `Pill`.
figures     numbers, shares, rates, durations and times as text.
cards       `Card(*items, heading=)`, `Kpi`.
sparkline   `Sparkline`.
bars        `Meter`, `Stack`, `Funnel`, `Histogram`.
throughput  `Throughput`, the live chart.
equation    `EquationView`: every number a button, and the verdict.
paged       `PagedModel(columns, fetch)`, `Column`, `Kind`, `Window`.
table       `DataTable(model, name=, nothing=)`, `carded`.
stepper     `Stepper`.   tabs  `Tabs`.   search  `SearchField`.
empty       `EmptyState`.   skeleton  `Skeleton`.
notices     `Banner`; toasts come from `desk.toast`.
progress    `ProgressRow`.
dialogs     `confirm`, `tell`, `choose_file`, `Sheet`; nothing runs a loop of its own.
inspector   `Inspector`.   facts  `Facts`.   timeline  `Timeline`, `Line`.   code  `CodeBlock`.
commands    every act of a window: shortcuts, cheat sheet and palette are made from it.
finder      `Finder`, the palette over a window.   fuzzy  `match`.
saved       `SavedViews`: filters, columns and order of a list under a name.
columns     `table.remember(settings, name)` lets a person choose, order and pin columns.   copying  CSV, JSON, cURL.
accessible  names and roles for painted widgets.

Rules: a slot is a plain function that starts an operation; every widget has an accessible name; what is painted asks
`theme.color` at every paint; texts that are not ours are shown by `text.Label`, which never reads markup.
"""
