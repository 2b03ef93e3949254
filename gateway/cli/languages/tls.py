"""What is wrong on the way to a backend, clause by clause."""

from gateway.cli.language import Table

TABLE: Table = {
    "the certificate of {} has expired": ("certifikatet från {0} har gått ut", "das Zertifikat von {0} ist abgelaufen"),
    "the backend's operator must renew it, or this machine's clock is ahead (check `timedatectl`)": (
        "mottagarens operatör måste förnya det, eller så går maskinens klocka före (kontrollera `timedatectl`)",
        "der Betreiber des Backends muss es erneuern, oder die Uhr dieser Maschine geht vor (`timedatectl` prüfen)",
    ),
    "the certificate of {} was issued by a CA this gateway does not know": (
        "certifikatet från {0} är utfärdat av en CA som gatewayen inte känner",
        "das Zertifikat von {0} stammt von einer CA, die dieses Gateway nicht kennt",
    ),
    "put that CA's certificate into the backend's tls ca_file": (
        "lägg den CA:ns certifikat i mottagarens tls ca_file",
        "das Zertifikat dieser CA in tls ca_file des Backends legen",
    ),
    "the certificate of {} is not yet valid, more likely this machine's clock is wrong": (
        "certifikatet från {0} gäller inte ännu, troligare är att maskinens klocka går fel",
        "das Zertifikat von {0} gilt noch nicht, eher geht die Uhr dieser Maschine falsch",
    ),
    "check `timedatectl` and the network time service": (
        "kontrollera `timedatectl` och tidstjänsten",
        "`timedatectl` und den Zeitdienst prüfen",
    ),
    "the certificate of {} is self-signed": (
        "certifikatet från {0} är självsignerat",
        "das Zertifikat von {0} ist selbstsigniert",
    ),
    "put it into the backend's tls ca_file if that is how it should be": (
        "lägg det i mottagarens tls ca_file om det ska vara så",
        "es in tls ca_file des Backends legen, falls das so sein soll",
    ),
    "the certificate of {} comes without its chain": (
        "certifikatet från {0} kommer utan sin kedja",
        "das Zertifikat von {0} kommt ohne seine Kette",
    ),
    "the backend's operator must send the intermediate certificates too": (
        "mottagarens operatör måste skicka även mellancertifikaten",
        "der Betreiber des Backends muss auch die Zwischenzertifikate senden",
    ),
    "the certificate of {} has been revoked": (
        "certifikatet från {0} är återkallat",
        "das Zertifikat von {0} wurde widerrufen",
    ),
    "the backend's operator must renew it": (
        "mottagarens operatör måste förnya det",
        "der Betreiber des Backends muss es erneuern",
    ),
    "the certificate of {} is for another host name": (
        "certifikatet från {0} gäller ett annat värdnamn",
        "das Zertifikat von {0} gilt für einen anderen Hostnamen",
    ),
    "the certificate of {} is for another address": (
        "certifikatet från {0} gäller en annan adress",
        "das Zertifikat von {0} gilt für eine andere Adresse",
    ),
    "use the name the certificate was issued for in the backend's address": (
        "använd namnet som certifikatet är utfärdat för i mottagarens adress",
        "in der Adresse des Backends den Namen verwenden, für den das Zertifikat ausgestellt ist",
    ),
    "use the host name the certificate was issued for in the backend's address": (
        "använd värdnamnet som certifikatet är utfärdat för i mottagarens adress",
        "in der Adresse des Backends den Hostnamen verwenden, für den das Zertifikat ausgestellt ist",
    ),
    "the certificate of {} does not verify ({})": (
        "certifikatet från {0} går inte att verifiera ({1})",
        "das Zertifikat von {0} lässt sich nicht prüfen ({1})",
    ),
    "check the backend's tls ca_file": ("kontrollera mottagarens tls ca_file", "tls ca_file des Backends prüfen"),
    "no TLS with {} ({})": ("ingen TLS med {0} ({1})", "kein TLS mit {0} ({1})"),
    "check that its port speaks TLS and whether it wants a client certificate": (
        "kontrollera att porten talar TLS och om den vill ha ett klientcertifikat",
        "prüfen, ob der Port TLS spricht und ein Client-Zertifikat verlangt",
    ),
    "no answer from {} ({})": ("inget svar från {0} ({1})", "keine Antwort von {0} ({1})"),
    "check the backend if this stays": (
        "kontrollera mottagaren om det består",
        "das Backend prüfen, falls es so bleibt",
    ),
    "the name of {} does not resolve": (
        "namnet på {0} går inte att slå upp",
        "der Name von {0} lässt sich nicht auflösen",
    ),
    "check the name and this machine's DNS": (
        "kontrollera namnet och maskinens DNS",
        "den Namen und das DNS dieser Maschine prüfen",
    ),
    "{} did not answer in time": ("{0} svarade inte i tid", "{0} antwortete nicht rechtzeitig"),
    "{} hung up": ("{0} bröt förbindelsen", "{0} brach die Verbindung ab"),
    "{} refuses connections": ("{0} nekar förbindelser", "{0} nimmt keine Verbindungen an"),
    "check that the backend runs and the port is right": (
        "kontrollera att mottagaren kör och att porten är rätt",
        "prüfen, ob das Backend läuft und der Port stimmt",
    ),
    "{} is out of reach ({})": ("{0} kan inte nås ({1})", "{0} ist nicht erreichbar ({1})"),
    "check this machine's network": ("kontrollera maskinens nät", "das Netz dieser Maschine prüfen"),
    "{} and its key do not fit": ("{0} och dess nyckel hör inte ihop", "{0} und sein Schlüssel passen nicht zusammen"),
    "correct tls cert_file and key_file": (
        "rätta tls cert_file och key_file",
        "tls cert_file und key_file berichtigen",
    ),
    "{} cannot be read ({})": ("{0} kan inte läsas ({1})", "{0} ist nicht lesbar ({1})"),
    "correct the backend's tls settings": (
        "rätta mottagarens tls-inställningar",
        "die tls-Einstellungen des Backends berichtigen",
    ),
    "{} holds no PEM certificates": ("{0} innehåller inga PEM-certifikat", "{0} enthält keine PEM-Zertifikate"),
    "correct the backend's tls ca_file": ("rätta mottagarens tls ca_file", "tls ca_file des Backends berichtigen"),
}
