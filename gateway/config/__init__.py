"""The configuration: TOML in, frozen settings or every mistake at once out."""
