"""A small garage whose configuration is right, and ways to make it wrong."""

from pathlib import Path

GARAGE = """\
tokens_file = "tokens.json"
tariffs_file = "tariffs.json"

[site]
country_code = "SE"
party_id = "ABC"
currency = "SEK"
time_zone = "Europe/Stockholm"

[site.location]
id = "LOC1"
address = "Street 1"
city = "Stockholm"
country = "SWE"
latitude = "59.33740"
longitude = "18.06324"

[buses.hall]
kind = "rtu"
device = "/dev/serial/by-id/usb-adapter"

[buses.net]
kind = "tcp"
host = "192.0.2.5"
port = 502

[meters.hall-1]
bus = "hall"
unit = 1
model = "eastron-sdm630"

[meters.hall-2]
bus = "net"
unit = 1
model = "abb-b23"

[controllers.relay-1]
kind = "relay_board"
bus = "hall"
unit = 10

[controllers.relay-2]
kind = "relay_board"
bus = "hall"
unit = 10
coil = 1

[readers.front]
kind = "pcsc"

[[evses]]
uid = "1"
evse_id = "SE*ABC*E1"
meter = "hall-1"
controller = "relay-1"
readers = ["front"]
max_power_w = 11000
max_current_a = 16
tariff = "STANDARD"

[[evses.connectors]]
id = "1"
standard = "IEC_62196_T2"
format = "SOCKET"
power_type = "AC_3_PHASE"
max_voltage_v = 230
max_amperage_a = 16

[[evses]]
uid = "2"
evse_id = "SE*ABC*E2"
meter = "hall-2"
controller = "relay-2"
readers = ["front"]
max_power_w = 22000
max_current_a = 32

[[evses.connectors]]
id = "1"
standard = "IEC_62196_T2"
format = "SOCKET"
power_type = "AC_3_PHASE"
max_voltage_v = 230
max_amperage_a = 32

[backends.operator]
kind = "ocpi"
versions_url = "https://ocpi.example.com/versions"
token_file = "operator.token"
country_code = "SE"
party_id = "OPR"
drivers = "all"

[backends.broker]
kind = "mqtt"
host = "broker.example.com"
port = 1883
prefix = "ocpi/garage"
client_id = "garage"

[rules]
"""

TOKENS = """\
[{"country_code": "SE", "party_id": "OPR", "uid": "04A2B3C4D5E680", "type": "RFID", "contract_id": "SE-OPR-C1",
  "issuer": "Operator", "valid": true, "whitelist": "ALWAYS", "last_updated": "2026-01-15T08:00:00Z"}]
"""

TARIFFS = """\
[{"country_code": "SE", "party_id": "ABC", "id": "STANDARD", "currency": "SEK",
  "elements": [{"price_components": [{"type": "ENERGY", "price": 3.2, "step_size": 1}]}],
  "last_updated": "2026-01-15T08:00:00Z"}]
"""


class Garage:
    """The folder of a configuration; `path` is the file to load."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "gateway.toml"
        self.write("gateway.toml", GARAGE)
        self.write("tokens.json", TOKENS)
        self.write("tariffs.json", TARIFFS)
        self.write("operator.token", "s3cret-of-the-operator\n").chmod(0o640)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def change(self, old: str, new: str) -> None:
        """Replace the first occurrence of a text that must be there."""
        text = self.path.read_text(encoding="utf-8")
        assert old in text
        self.path.write_text(text.replace(old, new, 1), encoding="utf-8")
