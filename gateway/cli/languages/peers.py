"""What is said about other OCPI platforms: by `peers`, by the daemon's registration desk, and in handshakes."""

from gateway.cli.language import Table

TABLE: Table = {
    "PEER": ("PEER", "PEER"),
    "STANDING": ("LÄGE", "STAND"),
    "VERSION": ("VERSION", "VERSION"),
    "SINCE": ("SEDAN", "SEIT"),
    "ROLES": ("ROLLER", "ROLLEN"),
    "registered": ("registrerad", "registriert"),
    "registering": ("registreras", "in Registrierung"),
    "invited": ("inbjuden", "eingeladen"),
    "{} is registered: OCPI {}, {}": ("{0} är registrerad: OCPI {1}, {2}", "{0} ist registriert: OCPI {1}, {2}"),
    "it offers {}": ("den erbjuder {0}", "er bietet {0}"),
    "no peer yet; ocpi-gateway peers register, or peers invite, begins with one": (
        "ingen peer ännu; ocpi-gateway peers register, eller peers invite, börjar med en",
        "noch kein Peer; ocpi-gateway peers register oder peers invite beginnt mit einem",
    ),
    "give this to {}; the token is good for one registration and is not shown again": (
        "ge detta till {0}; token gäller för en registrering och visas inte igen",
        "dies {0} geben; das Token gilt für eine Registrierung und wird nicht noch einmal gezeigt",
    ),
    "versions URL: {}": ("versions-URL: {0}", "Versions-URL: {0}"),
    "token: {}": ("token: {0}", "Token: {0}"),
    "{} whom? see ocpi-gateway peers --help": (
        "{0}: vem? se ocpi-gateway peers --help",
        "{0}: wen? siehe ocpi-gateway peers --help",
    ),
    "register needs the token that the peer gave us; add --token-file F": (
        "register behöver det token som peern gav oss; lägg till --token-file F",
        "register braucht das Token, das uns der Peer gab; --token-file F ergänzen",
    ),
    "{} cannot be read as text; check --token-file": (
        "{0} kan inte läsas som text; kontrollera --token-file",
        "{0} ist nicht als Text lesbar; --token-file prüfen",
    ),
    "a peer's name has letters, digits, -, _ and . only; ocpi-gateway peers list shows them": (
        "en peers namn har bara bokstäver, siffror, -, _ och .; ocpi-gateway peers list visar dem",
        "der Name eines Peers hat nur Buchstaben, Ziffern, -, _ und .; ocpi-gateway peers list zeigt sie",
    ),
    "a peer's name is up to 64 letters, digits, -, _ and .; choose another name": (
        "en peers namn är högst 64 bokstäver, siffror, -, _ och .; välj ett annat namn",
        "der Name eines Peers ist höchstens 64 Buchstaben, Ziffern, -, _ und .; einen anderen wählen",
    ),
    "no peer can call in; add [ocpi_server] to the config and restart the daemon": (
        "ingen peer kan anropa oss; lägg till [ocpi_server] i konfigurationen och starta om tjänsten",
        "kein Peer kann uns anrufen; [ocpi_server] in der Konfiguration ergänzen und den Dienst neu starten",
    ),
    "malformed: {}": ("felaktigt: {0}", "fehlerhaft: {0}"),
    "{} is forgotten": ("{0} är glömd", "{0} ist vergessen"),
    "it was never registered": ("den var aldrig registrerad", "er war nie registriert"),
    "unregistered there too": ("avregistrerad även där", "auch dort abgemeldet"),
    "there": ("där", "dort"),
    "there is no peer {}; known peers: {}": (
        "det finns ingen peer {0}; kända: {1:say}",
        "es gibt keinen Peer {0}; bekannt sind: {1:say}",
    ),
    "{} is registered already: rotate it, or forget it first": (
        "{0} är redan registrerad: använd rotate, eller först forget",
        "{0} ist schon registriert: rotate verwenden, oder zuerst forget",
    ),
    "{} is {}, there is nothing to rotate: register it": (
        "{0} är {1:say}, det finns inget att byta: registrera den",
        "{0} ist {1:say}, es gibt nichts zu tauschen: ihn registrieren",
    ),
    "{} has no credentials endpoint: ask its operator to offer one": (
        "{0} har ingen credentials-ändpunkt: be dess operatör erbjuda en",
        "{0} hat keinen Credentials-Endpunkt: seinen Betreiber bitten, einen anzubieten",
    ),
    "{} refuses our credentials: {}": (
        "{0} nekar våra credentials: {1:say}",
        "{0} lehnt unsere Credentials ab: {1:say}",
    ),
    "{} accepts, but its credentials are malformed ({}): {}": (
        "{0} godtar, men dess credentials är felaktiga ({1}): {2:say}",
        "{0} nimmt an, aber seine Credentials sind fehlerhaft ({1}): {2:say}",
    ),
    "nobody knows whether it took our token": (
        "ingen vet om den tog vårt token",
        "niemand weiß, ob er unser Token nahm",
    ),
    "ask its operator for a new token and register again": (
        "be dess operatör om ett nytt token och registrera igen",
        "seinen Betreiber um ein neues Token bitten und erneut registrieren",
    ),
    "the token file {}": ("token-filen {0:say}", "die Token-Datei {0:say}"),
    "holds no credentials token: write 1 to 64 printable ASCII characters without spaces into it": (
        "innehåller inget credentials-token: skriv 1 till 64 utskrivbara ASCII-tecken utan mellanslag i den",
        "enthält kein Credentials-Token: 1 bis 64 druckbare ASCII-Zeichen ohne Leerzeichen hineinschreiben",
    ),
    "is no http or https URL": ("är ingen http- eller https-URL", "ist keine http- oder https-URL"),
    "goes without TLS, give an https URL": ("går utan TLS, ange en https-URL", "geht ohne TLS, eine https-URL angeben"),
    "the versions answer is malformed": ("versions-svaret är felaktigt", "die Versions-Antwort ist fehlerhaft"),
    "the version details are malformed": (
        "versionsuppgifterna är felaktiga",
        "die Versionsangaben sind fehlerhaft",
    ),
    "the version details lack {}": ("versionsuppgifterna saknar {0}", "in den Versionsangaben fehlt {0}"),
    "no common version: this side speaks {}": (
        "ingen gemensam version: denna sida talar {0}",
        "keine gemeinsame Version: diese Seite spricht {0}",
    ),
    "{} is no address": ("{0} är ingen adress", "{0} ist keine Adresse"),
    "correct it": ("rätta den", "sie berichtigen"),
    "{} answers with more than 8 MB": ("{0} svarar med mer än 8 MB", "{0} antwortet mit mehr als 8 MB"),
    "ask its operator for smaller pages": (
        "be dess operatör om mindre sidor",
        "seinen Betreiber um kleinere Seiten bitten",
    ),
    "HTTP {} with a web page": ("HTTP {0} med en webbsida", "HTTP {0} mit einer Webseite"),
    "HTTP {} without a body": ("HTTP {0} utan innehåll", "HTTP {0} ohne Inhalt"),
    "no OCPI answer": ("inget OCPI-svar", "keine OCPI-Antwort"),
    "no OCPI answer, so nothing is acknowledged": (
        "inget OCPI-svar, så inget är bekräftat",
        "keine OCPI-Antwort, also ist nichts bestätigt",
    ),
    "check versions_url": ("kontrollera versions_url", "versions_url prüfen"),
    "check versions_url and any proxy": (
        "kontrollera versions_url och eventuell proxy",
        "versions_url und etwaige Proxys prüfen",
    ),
    "a web server answered, not an OCPI peer": (
        "en webbserver svarade, inte en OCPI-peer",
        "ein Webserver antwortete, kein OCPI-Peer",
    ),
    "a proxy wants credentials": ("en proxy kräver inloggning", "ein Proxy verlangt eine Anmeldung"),
    "let the gateway pass it": ("låt gatewayen passera", "das Gateway durchlassen"),
    "the peer did not get our request in time": (
        "peern fick inte vår begäran i tid",
        "der Peer bekam unsere Anfrage nicht rechtzeitig",
    ),
    "check the line if this stays": (
        "kontrollera förbindelsen om det består",
        "die Verbindung prüfen, wenn das so bleibt",
    ),
    "the peer does not allow this to our token": (
        "peern tillåter inte vårt token detta",
        "der Peer erlaubt dies unserem Token nicht",
    ),
    "ask its operator for the rights": (
        "be dess operatör om rättigheterna",
        "seinen Betreiber um die Rechte bitten",
    ),
    "the peer does not know our token": ("peern känner inte vårt token", "der Peer kennt unser Token nicht"),
    "check the backend's token_file": ("kontrollera mottagarens token_file", "token_file des Backends prüfen"),
    "the peer has trouble of its own": ("peern har egna problem", "der Peer hat selbst eine Störung"),
    "tell its operator if this stays": (
        "underrätta dess operatör om det består",
        "seinem Betreiber melden, wenn das so bleibt",
    ),
    "the peer wants fewer requests": ("peern vill ha färre anrop", "der Peer will weniger Anfragen"),
    "the peer wants the request again": ("peern vill ha anropet igen", "der Peer will die Anfrage noch einmal"),
    "nothing to do unless this stays": (
        "inget att göra om det inte består",
        "nichts zu tun, außer wenn das so bleibt",
    ),
    "the peer points elsewhere": ("peern hänvisar någon annanstans", "der Peer verweist anderswohin"),
    "ask its operator for the right versions_url": (
        "be dess operatör om rätt versions_url",
        "seinen Betreiber um die richtige versions_url bitten",
    ),
}
