"""What `install-service` does, and what stands in its way."""

from gateway.cli.language import Table

TABLE: Table = {
    "the service is enabled and waits for its configuration": (
        "tjänsten är aktiverad och väntar på sin konfiguration",
        "der Dienst ist aktiviert und wartet auf seine Konfiguration",
    ),
    "and change it": ("och ändra den", "und sie anpassen"),
    "{} cannot be read": ("{0} kan inte läsas", "{0} ist nicht lesbar"),
    "an editable installation does not carry it, so install the wheel: {}/bin/pip install .": (
        "en redigerbar installation har den inte med, så installera hjulet: {0}/bin/pip install .",
        "eine editierbare Installation enthält es nicht, also das Wheel installieren: {0}/bin/pip install .",
    ),
    "only root can install a service": (
        "bara root kan installera en tjänst",
        "nur root kann einen Dienst installieren",
    ),
    "say sudo before it": ("skriv sudo före", "sudo davorschreiben"),
    "the Debian package has installed the service already": (
        "Debianpaketet har redan installerat tjänsten",
        "das Debian-Paket hat den Dienst schon installiert",
    ),
    "there is nothing to do": ("det finns inget att göra", "es ist nichts zu tun"),
    "this is not a virtual environment": ("detta är ingen virtuell miljö", "dies ist keine virtuelle Umgebung"),
    "make one: python3 -m venv {}": ("skapa en: python3 -m venv {0}", "eine anlegen: python3 -m venv {0}"),
    "the service does not see {}": ("tjänsten ser inte {0}", "der Dienst sieht {0} nicht"),
    "make the environment at {}": ("skapa miljön i {0}", "die Umgebung unter {0} anlegen"),
    "there is no systemctl": ("systemctl finns inte", "es gibt kein systemctl"),
    "{} is missing": ("{0} saknas", "{0} fehlt"),
    "this command is for machines that run systemd": (
        "detta kommando är för maskiner som kör systemd",
        "dieser Befehl ist für Maschinen mit systemd",
    ),
    "pcscd is not installed": ("pcscd är inte installerad", "pcscd ist nicht installiert"),
    "card readers need it: apt-get install pcscd libccid": (
        "kortläsare behöver den: apt-get install pcscd libccid",
        "Kartenleser brauchen es: apt-get install pcscd libccid",
    ),
    "{} failed, see above": ("{0} misslyckades, se ovan", "{0} schlug fehl, siehe oben"),
    "mend that and run this again": ("åtgärda det och kör detta igen", "das beheben und dies erneut ausführen"),
}
