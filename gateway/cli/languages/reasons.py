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
    "the reader belongs to no EVSE": ("läsaren hör inte till någon EVSE", "der Leser gehört zu keiner EVSE"),
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
    "the provider has let this driver in already; plug in": (
        "leverantören har redan släppt in föraren; anslut kabeln",
        "der Anbieter hat diesen Fahrer schon zugelassen; einstecken",
    ),
    "the card's owner has blocked it; ask the provider that issued it": (
        "kortets ägare har spärrat det; fråga leverantören som gav ut det",
        "der Eigentümer hat die Karte gesperrt; den Anbieter fragen, der sie ausgab",
    ),
    "another session runs here; only its own card or one of the same group ends it": (
        "en annan session pågår här; bara dess eget kort eller ett i samma grupp avslutar den",
        "hier läuft ein anderer Ladevorgang; nur dessen Karte oder eine derselben Gruppe beendet ihn",
    ),
    "the EVSE is out of order; `ocpi-gateway status` says why": (
        "EVSE:n är ur drift; `ocpi-gateway status` säger varför",
        "die EVSE ist außer Betrieb; `ocpi-gateway status` sagt, warum",
    ),
    "the EVSE is reserved for somebody else": (
        "EVSE:n är reserverad för någon annan",
        "die EVSE ist für jemand anderen reserviert",
    ),
    "the card has expired; ask the provider that issued it": (
        "kortet har gått ut; fråga leverantören som gav ut det",
        "die Karte ist abgelaufen; den Anbieter fragen, der sie ausgab",
    ),
    "the meter gives no start reading; `ocpi-gateway meters` says why": (
        "mätaren ger inget startvärde; `ocpi-gateway meters` säger varför",
        "der Zähler liefert keinen Anfangsstand; `ocpi-gateway meters` sagt, warum",
    ),
    "the card's owner wants to be asked each time, and cannot be asked from here": (
        "kortets ägare vill tillfrågas varje gång och kan inte nås härifrån",
        "der Eigentümer der Karte will jedes Mal gefragt werden und ist von hier nicht erreichbar",
    ),
    "the card's owner allows it elsewhere, not at this EVSE": (
        "kortets ägare tillåter det på andra ställen, inte vid denna EVSE",
        "der Eigentümer der Karte erlaubt sie anderswo, nicht an dieser EVSE",
    ),
    "the card's owner says that there is no credit left": (
        "kortets ägare säger att det inte finns något tillgodohavande kvar",
        "der Eigentümer der Karte sagt, dass kein Guthaben mehr da ist",
    ),
    "several EVSEs are free at this reader; plug in first, then tap": (
        "flera EVSE:er är lediga vid denna läsare; anslut först, visa sedan kortet",
        "an diesem Leser sind mehrere EVSEs frei; erst einstecken, dann die Karte zeigen",
    ),
    "the card's owner does not allow this charge": (
        "kortets ägare tillåter inte denna laddning",
        "der Eigentümer der Karte erlaubt diesen Ladevorgang nicht",
    ),
    "the reader belongs to no EVSE; name it in the readers of an EVSE": (
        "läsaren hör inte till någon EVSE; nämn den i readers för en EVSE",
        "der Leser gehört zu keiner EVSE; in readers einer EVSE nennen",
    ),
    "the card only just began this session; tap again to end it": (
        "kortet har just börjat denna session; visa det igen för att avsluta den",
        "die Karte hat diesen Ladevorgang eben erst begonnen; zum Beenden erneut zeigen",
    ),
    "the card is not in the token list; add it or ask its provider": (
        "kortet finns inte i kortlistan; lägg till det eller fråga dess leverantör",
        "die Karte steht nicht in der Token-Liste; sie aufnehmen oder ihren Anbieter fragen",
    ),
}
