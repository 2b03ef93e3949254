"""The command line: one file per subcommand; each imports only what it needs."""
