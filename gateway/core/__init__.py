"""The rules of charging, metering, authorisation and pricing: pure values and functions, no I/O of any kind."""
