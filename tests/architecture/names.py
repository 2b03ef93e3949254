"""What names and sizes may be, and what no log line tells."""

# --- Names and sizes --------------------------------------------------------------------------------------------------

MAX_LINES = 300
EMPTY_NAMES = frozenset(
    {"util", "utils", "common", "helper", "helpers", "base", "service", "services", "manager", "managers", "misc"},
)

# --- What no log line and no error message tells ----------------------------------------------------------------------

LOG_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "bind"})
SECRET_NAMES = frozenset({"password", "secret", "passphrase", "private_key"})
