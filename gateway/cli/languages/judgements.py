"""What speaks against a meter's model, and what a search found."""

from gateway.cli.language import Table

TABLE: Table = {
    "no mains has that": ("inget elnät har sådant", "kein Netz hat das"),
    "check `model` against the type plate, and the meter's own word-order setting": (
        "jämför `model` med märkskylten, och mätarens egen ordordning",
        "`model` mit dem Typenschild vergleichen, und die Wortreihenfolge des Zählers",
    ),
    "power {} W does not go with voltages and currents, which make {} VA": (
        "effekten {0} W stämmer inte med spänningar och strömmar, som ger {1} VA",
        "die Leistung {0} W passt nicht zu Spannungen und Strömen, die {1} VA ergeben",
    ),
    "check `model`, or the scale of power in its file (kW taken for W?)": (
        "kontrollera `model`, eller effektens skala i dess fil (kW i stället för W?)",
        "`model` prüfen, oder den Faktor der Leistung in seiner Datei (kW statt W?)",
    ),
    "{}: the addresses look 1-based: one lower it would be {}; take 1 from every address in {}": (
        "{0:say}: adresserna verkar räknade från 1: en lägre vore det {1}; dra 1 från varje adress i {2}",
        "{0:say}: die Adressen scheinen ab 1 gezählt: eine niedriger wäre es {1}; von jeder Adresse in {2} 1 abziehen",
    ),
    "the device refuses to be read as {}": (
        "enheten låter sig inte läsas som {0}",
        "das Gerät lässt sich nicht als {0} lesen",
    ),
    "the frequency is shown ten times too high, as some firmware does": (
        "frekvensen visas tio gånger för hög, som viss programvara gör",
        "die Frequenz wird zehnfach zu hoch gezeigt, wie manche Firmware es tut",
    ),
    "nothing is billed by it": ("inget debiteras efter den", "nichts wird danach abgerechnet"),
    "the identity register {}, which is not what {} has there": (
        "identitetsregistret {0:say}, vilket inte är vad {1} har där",
        "das Kennregister {0:say}, was {1} dort nicht hat",
    ),
    "check `model` against the type plate, and the energy against the display": (
        "jämför `model` med märkskylten, och energin med displayen",
        "`model` mit dem Typenschild vergleichen, und die Energie mit dem Display",
    ),
    "the model is wrong: the identity register {}, which is {}; set {}": (
        "modellen är fel: identitetsregistret {0:say}, vilket är {1}; sätt {2}",
        "das Modell ist falsch: das Kennregister {0:say}, das ist {1}; {2} setzen",
    ),
    "the model is wrong: the identity register {}, which is {}": (
        "modellen är fel: identitetsregistret {0:say}, vilket är {1}",
        "das Modell ist falsch: das Kennregister {0:say}, das ist {1}",
    ),
    "0x{} holds {}": ("0x{0} innehåller {1}", "0x{0} enthält {1}"),
    "of function 43 (object {}) holds {}": (
        "i funktion 43 (objekt {0}) innehåller {1}",
        "aus Funktion 43 (Objekt {0}) enthält {1}",
    ),
    "set {}": ("sätt {0}", "{0} setzen"),
    "{}: the word order looks swapped: {} it would be {}; set it right at the meter, or word_order in {}": (
        "{0:say}: ordordningen verkar omkastad: med {1:say} vore det {2}; rätta i mätaren, eller word_order i {3}",
        "{0:say}: die Wortreihenfolge scheint vertauscht: mit {1:say} wäre es {2}; am Zähler berichtigen, oder word_order in {3}",
    ),
    "least significant word first": ("minst signifikanta ordet först", "niederwertigstem Wort zuerst"),
    "most significant word first": ("mest signifikanta ordet först", "höchstwertigem Wort zuerst"),
    "reply {} ms": ("svar {0:num} ms", "Antwort {0:num} ms"),
    "{} of {} replies were spoilt": ("{0} av {1} svar var störda", "{0} von {1} Antworten waren gestört"),
    "it says that it is {}": ("den säger att den är {0}", "es sagt, es sei {0}"),
    "relay board, or the like": ("reläkort, eller liknande", "Relaiskarte oder Ähnliches"),
    "EVSE-DIN charge controller": ("EVSE-DIN-laddstyrning", "EVSE-DIN-Ladesteuerung"),
    "live values like {}: compare the type plate": (
        "värden som {0}: jämför märkskylten",
        "Werte wie {0}: mit dem Typenschild vergleichen",
    ),
    "a meter unknown here that reads like {} with the words swapped ({})": (
        "en okänd mätare som läses som {0} med omkastade ord ({1})",
        "ein unbekannter Zähler, der sich wie {0} mit vertauschten Wörtern liest ({1})",
    ),
    "a meter unknown here that reads like {} ({})": (
        "en okänd mätare som läses som {0} ({1})",
        "ein unbekannter Zähler, der sich wie {0} liest ({1})",
    ),
    "a meter unknown here: function {}, {} {}, {} V at 0x{}, {} Hz at 0x{}": (
        "en okänd mätare: funktion {0}, {1} {2}, {3} V vid 0x{4}, {5} Hz vid 0x{6}",
        "ein unbekannter Zähler: Funktion {0}, {1} {2}, {3} V an 0x{4}, {5} Hz an 0x{6}",
    ),
    "unit {}, {}": ("adress {0}, {1:say}", "Adresse {0}, {1:say}"),
    "{} passed over: {}": ("{0:say} hoppades över: {1:say}", "{0:say} übergangen: {1:say}"),
    "the running gateway uses {} as bus {}, and two masters spoil each other's frames": (
        "den körande gatewayen använder {0} som buss {1}, och två mastrar stör varandras telegram",
        "das laufende Gateway benutzt {0} als Bus {1}, und zwei Master stören einander die Telegramme",
    ),
    "run systemctl stop ocpi-gateway first, or look at ocpi-gateway bus stats": (
        "kör först systemctl stop ocpi-gateway, eller se ocpi-gateway bus stats",
        "zuerst systemctl stop ocpi-gateway ausführen, oder ocpi-gateway bus stats ansehen",
    ),
    "{} is neither a serial port nor host:port": (
        "{0} är varken en serieport eller värd:port",
        "{0} ist weder eine serielle Schnittstelle noch Host:Port",
    ),
    "ports are 1 to {}": ("portar är 1 till {0}", "Ports sind 1 bis {0}"),
}
