"""The doctor on ports and card readers."""

from gateway.cli.language import Table

TABLE: Table = {
    "meter {}": ("mätare {0}", "Zähler {0}"),
    "bus {}": ("buss {0}", "Bus {0}"),
    "bus {}, {}": ("buss {0}, {1}", "Bus {0}, {1}"),
    "reader {}": ("läsare {0}", "Leser {0}"),
    "backend {}": ("mottagare {0}", "Backend {0}"),
    "no serial port is configured": (
        "ingen serieport är konfigurerad",
        "keine serielle Schnittstelle ist konfiguriert",
    ),
    "{} is there and the daemon holds it": ("{0} finns och tjänsten håller den", "{0} ist da, und der Dienst hält sie"),
    "{} is there": ("{0} finns", "{0} ist da"),
    "{} is not there": ("{0} finns inte", "{0} ist nicht da"),
    "plug the adapter in, or set one that is there: {}": (
        "anslut adaptern, eller ange en som finns: {0:say}",
        "den Adapter einstecken oder einen vorhandenen angeben: {0:say}",
    ),
    "none": ("ingen", "keiner"),
    "{} cannot be looked at: {}": ("{0} kan inte undersökas: {1:say}", "{0} kann nicht untersucht werden: {1:say}"),
    "use sudo": ("använd sudo", "sudo benutzen"),
    "{}: the user {} may not open it": (
        "{0}: användaren {1} får inte öppna den",
        "{0}: der Benutzer {1} darf sie nicht öffnen",
    ),
    "run usermod -aG dialout {}, and restart the service": (
        "kör usermod -aG dialout {0}, och starta om tjänsten",
        "usermod -aG dialout {0} ausführen und den Dienst neu starten",
    ),
    "{} may be another adapter after a restart": (
        "{0} kan vara en annan adapter efter omstart",
        "{0} kann nach einem Neustart ein anderer Adapter sein",
    ),
    "set device to the name of /dev/serial/by-path, as it has no serial number": (
        "ange namnet i /dev/serial/by-path, eftersom den saknar serienummer",
        "device auf den Namen in /dev/serial/by-path setzen, da er keine Seriennummer hat",
    ),
    "set device to {}": ("sätt device till {0}", "device auf {0} setzen"),
    "{} is no device": ("{0} är ingen enhet", "{0} ist kein Gerät"),
    "correct `device` in the configuration": (
        "rätta `device` i konfigurationen",
        "`device` in der Konfiguration berichtigen",
    ),
    "the port has no latency timer": ("porten har ingen latency timer", "die Schnittstelle hat keinen Latency-Timer"),
    "latency timer {} ms": ("latency timer {0} ms", "Latency-Timer {0} ms"),
    "the USB adapter holds every reply back for up to {} ms": (
        "USB-adaptern håller varje svar i upp till {0} ms",
        "der USB-Adapter hält jede Antwort bis zu {0} ms zurück",
    ),
    "install 61-ocpi-gateway.rules and plug the adapter in anew, or write 1 to /sys/bus/usb-serial/devices/{}/latency_timer": (
        "installera 61-ocpi-gateway.rules och anslut adaptern på nytt, eller skriv 1 till /sys/bus/usb-serial/devices/{0}/latency_timer",
        "61-ocpi-gateway.rules installieren und den Adapter neu einstecken, oder 1 nach /sys/bus/usb-serial/devices/{0}/latency_timer schreiben",
    ),
    "no PC/SC reader is configured": ("ingen PC/SC-läsare är konfigurerad", "kein PC/SC-Leser ist konfiguriert"),
    "the daemon has its readers through pcscd": (
        "tjänsten har sina läsare genom pcscd",
        "der Dienst hat seine Leser über pcscd",
    ),
    "pcscd knows 1 reader": ("pcscd känner 1 läsare", "pcscd kennt 1 Leser"),
    "pcscd knows {} readers": ("pcscd känner {0} läsare", "pcscd kennt {0} Leser"),
    "there is no polkit; pcscd lets everybody in": (
        "det finns ingen polkit; pcscd släpper in alla",
        "es gibt kein polkit; pcscd lässt jeden herein",
    ),
    "a polkit rule lets the service use pcscd": (
        "en polkit-regel låter tjänsten använda pcscd",
        "eine polkit-Regel erlaubt dem Dienst pcscd",
    ),
    "no polkit rule lets the service use pcscd; root may, and the service may not": (
        "ingen polkit-regel låter tjänsten använda pcscd; root får, men inte tjänsten",
        "keine polkit-Regel erlaubt dem Dienst pcscd; root darf, der Dienst nicht",
    ),
    "install {} into /etc/polkit-1/rules.d (ocpi-gateway install-service does)": (
        "installera {0} i /etc/polkit-1/rules.d (ocpi-gateway install-service gör det)",
        "{0} nach /etc/polkit-1/rules.d legen (ocpi-gateway install-service tut es)",
    ),
    "is missing; plug it in": ("saknas; anslut den", "fehlt; einstecken"),
    "no card reader is configured": ("ingen kortläsare är konfigurerad", "kein Kartenleser ist konfiguriert"),
    "the daemon hangs and may hold the readers": (
        "tjänsten hänger och kan hålla läsarna",
        "der Dienst hängt und hält vielleicht die Leser",
    ),
    "the daemon hangs and may hold the ports": (
        "tjänsten hänger och kan hålla portarna",
        "der Dienst hängt und hält vielleicht die Schnittstellen",
    ),
    "needs somebody at the readers": ("behöver någon vid läsarna", "braucht jemanden an den Lesern"),
    "needs somebody who watches": ("behöver någon som ser på", "braucht jemanden, der zusieht"),
    "run ocpi-gateway doctor on a terminal": (
        "kör ocpi-gateway doctor i en terminal",
        "ocpi-gateway doctor in einem Terminal ausführen",
    ),
    "the daemon holds it": ("tjänsten håller den", "der Dienst hält ihn"),
    "tap a card, and see ocpi-gateway status": (
        "visa ett kort, och se ocpi-gateway status",
        "eine Karte zeigen und ocpi-gateway status ansehen",
    ),
    "the daemon sees the card too: a card that it knows begins a session": (
        "tjänsten ser också kortet: ett känt kort startar en session",
        "der Dienst sieht die Karte auch: eine bekannte beginnt eine Session",
    ),
    "test reader {} with a card?": ("prova läsare {0} med ett kort?", "Leser {0} mit einer Karte prüfen?"),
    "not wanted": ("inte önskat", "nicht gewünscht"),
    "hold a card to reader {} within {} s": (
        "håll ett kort mot läsare {0} inom {1} s",
        "innerhalb von {1} s eine Karte an Leser {0} halten",
    ),
    "nothing was heard of it within {} s": (
        "inget hördes från den inom {0} s",
        "innerhalb von {0} s war nichts von ihm zu hören",
    ),
    "restart pcscd": ("starta om pcscd", "pcscd neu starten"),
    "card {} was read": ("kort {0} lästes", "Karte {0} wurde gelesen"),
    "no card was seen within {} s": ("inget kort sågs inom {0} s", "innerhalb von {0} s wurde keine Karte gesehen"),
    "try another card; then another cable, and away from metal": (
        "prova ett annat kort; sedan en annan kabel, och bort från metall",
        "eine andere Karte versuchen; dann ein anderes Kabel, und weg von Metall",
    ),
}
