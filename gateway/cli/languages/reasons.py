"""Why a card was refused, and why a session ended."""

from gateway.cli.language import Table

TABLE: Table = {
    "the token is blocked": ("kortet är spärrat", "das Token ist gesperrt"),
    "the card cannot identify anybody": ("kortet kan inte identifiera någon", "die Karte weist niemanden aus"),
    "somebody else charges here": ("någon annan laddar här", "hier lädt schon jemand"),
    "the EVSE is out of order": ("EVSE:n är ur drift", "die EVSE ist außer Betrieb"),
    "the token has expired": ("kortet har gått ut", "das Token ist abgelaufen"),
    "the meter gives no start reading": ("mätaren ger inget startvärde", "der Zähler liefert keinen Anfangsstand"),
    "the token's owner must be asked and cannot be": (
        "kortets ägare måste tillfrågas och kan inte nås",
        "der Eigentümer des Tokens muss gefragt werden und ist nicht erreichbar",
    ),
    "more than one EVSE is free, and no plug says which": (
        "mer än en EVSE är ledig, och ingen kontakt visar vilken",
        "mehr als eine EVSE ist frei, und kein Stecker zeigt, welche",
    ),
    "the same card a moment after it started": (
        "samma kort strax efter starten",
        "dieselbe Karte kurz nach dem Beginn",
    ),
    "the token is not known here": ("kortet är okänt här", "das Token ist hier unbekannt"),
    "the driver presented the card again": ("föraren visade kortet igen", "der Fahrer zeigte die Karte erneut"),
    "its EVSE is not configured any more": (
        "dess EVSE är inte längre konfigurerad",
        "ihre EVSE ist nicht mehr konfiguriert",
    ),
    "the meter gave no start reading": ("mätaren gav inget startvärde", "der Zähler lieferte keinen Anfangsstand"),
    "nobody plugged in": ("ingen anslöt", "niemand steckte ein"),
    "the EVSE went out of order": ("EVSE:n gick ur drift", "die EVSE fiel aus"),
    "the contactor did not close": ("kontaktorn slöt inte", "das Schütz schloss nicht"),
    "the charge controller reports a fault": (
        "laddstyrningen rapporterar ett fel",
        "die Ladesteuerung meldet eine Störung",
    ),
    "the energy limit was reached": ("energigränsen nåddes", "die Energiegrenze wurde erreicht"),
    "a card of the same group was presented": (
        "ett kort i samma grupp visades",
        "eine Karte derselben Gruppe wurde gezeigt",
    ),
    "the vehicle took no energy for too long": (
        "fordonet tog ingen energi för länge",
        "das Fahrzeug nahm zu lange keine Energie",
    ),
    "the gateway was down for too long": ("gateway låg nere för länge", "das Gateway war zu lange aus"),
    "the meter was silent for too long": ("mätaren var tyst för länge", "der Zähler schwieg zu lange"),
    "nothing could be written down for too long": (
        "inget kunde skrivas ned för länge",
        "zu lange konnte nichts aufgeschrieben werden",
    ),
    "the time limit was reached": ("tidsgränsen nåddes", "die Zeitgrenze wurde erreicht"),
    "the plug was pulled": ("kontakten drogs ut", "der Stecker wurde gezogen"),
    "fact {} does not adopt a site; run ocpi-gateway replay": (
        "post {0} tar ingen anläggning i bruk; kör ocpi-gateway replay",
        "Eintrag {0} übernimmt keinen Standort; ocpi-gateway replay ausführen",
    ),
    "there is no session {}; run ocpi-gateway sessions to see them": (
        "det finns ingen session {0}; ocpi-gateway sessions visar dem",
        "es gibt keine Session {0}; ocpi-gateway sessions zeigt sie",
    ),
    "these facts are no session; run ocpi-gateway sessions to see which there are": (
        "de här posterna är ingen session; ocpi-gateway sessions visar vilka som finns",
        "diese Einträge sind keine Session; ocpi-gateway sessions zeigt, welche es gibt",
    ),
    "{} sessions begin with {}; give more of the id": (
        "{0} sessioner börjar med {1}; ange mer av id:t",
        "{0} Sessions beginnen mit {1}; mehr von der ID angeben",
    ),
    "still closed after {} s": ("fortfarande sluten efter {0} s", "nach {0} s noch geschlossen"),
    "the token's owner allows it elsewhere only": (
        "kortets ägare tillåter det bara någon annanstans",
        "der Eigentümer des Tokens erlaubt es nur anderswo",
    ),
    "the provider has let this driver in already": (
        "leverantören har redan släppt in föraren",
        "der Anbieter hat diesen Fahrer schon zugelassen",
    ),
    "the token's owner says there is no credit": (
        "kortets ägare säger att täckning saknas",
        "der Eigentümer des Tokens sagt, es fehle Guthaben",
    ),
    "it is reserved for somebody else": ("den är reserverad för någon annan", "sie ist für jemand anderen reserviert"),
    "the driver's provider ordered it": ("förarens leverantör beordrade det", "der Anbieter des Fahrers ordnete es an"),
    "the token's owner does not allow it": (
        "kortets ägare tillåter det inte",
        "der Eigentümer des Tokens erlaubt es nicht",
    ),
    "allowed: valid token of {}, group {}, by {}, reference {}": (
        "tillåten: giltigt kort för {0}, grupp {1}, enligt {2:say}, referens {3}",
        "erlaubt: gültiges Token von {0}, Gruppe {1}, durch {2:say}, Referenz {3}",
    ),
    "allowed: valid token of {}, by {}, reference {}": (
        "tillåten: giltigt kort för {0}, enligt {1:say}, referens {2}",
        "erlaubt: gültiges Token von {0}, durch {1:say}, Referenz {2}",
    ),
    "the root of {} was signed: facts up to {}": (
        "roten för {0} signerades: poster till och med {1}",
        "die Wurzel von {0} wurde signiert: Einträge bis {1}",
    ),
}
