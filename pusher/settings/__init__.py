"""What the operator decides: one TOML file, read and checked before anything starts."""
