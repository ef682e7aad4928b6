"""The SQL: control plane, ledger, migrations; SQLite now, PostgreSQL by the same statements."""
