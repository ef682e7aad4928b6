"""The subcommands of `heliograph`: one module a noun, each with `add` (its arguments) and what it does."""
