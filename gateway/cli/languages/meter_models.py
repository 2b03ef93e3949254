"""What is wrong with the file of a meter model, key by key."""

from gateway.cli.language import Table

TABLE: Table = {
    "left out": ("utelämnad", "ausgelassen"),
    "there is no meter model {}": ("det finns ingen mätarmodell {0}", "es gibt kein Zählermodell {0}"),
    "did you mean {}?": ("menade du {0}?", "war {0} gemeint?"),
    "is no folder": ("är ingen mapp", "ist kein Ordner"),
    "name the one that holds meter models, or none": (
        "ange den som innehåller mätarmodeller, eller ingen",
        "den mit den Zählermodellen angeben, oder keinen",
    ),
    "let the gateway's user read it": (
        "låt gatewayens användare läsa den",
        "den Benutzer des Gateways sie lesen lassen",
    ),
    "is not UTF-8 text": ("är ingen UTF-8-text", "ist kein UTF-8-Text"),
    "save it as such": ("spara den som det", "als solchen speichern"),
    "a number in it is too long to be read": (
        "ett tal i den är för långt för att läsas",
        "eine Zahl darin ist zu lang, um gelesen zu werden",
    ),
    "it is nested too deeply": ("den är nästlad för djupt", "sie ist zu tief verschachtelt"),
    "not valid TOML": ("ingen giltig TOML", "kein gültiges TOML"),
    "is named after its file, and {} is not small letters, digits and hyphens": (
        "heter som sin fil, och {0} är inte små bokstäver, siffror och bindestreck",
        "heißt wie seine Datei, und {0} sind nicht Kleinbuchstaben, Ziffern und Bindestriche",
    ),
    "must be the file's name, {}": ("måste vara filens namn, {0}", "muss der Name der Datei sein, {0}"),
    "is missing": ("saknas", "fehlt"),
    "a meter without it cannot bill": (
        "en mätare utan den kan inte debitera",
        "ein Zähler ohne das kann nicht abrechnen",
    ),
    "is not a known key": ("är ingen känd nyckel", "ist kein bekannter Schlüssel"),
    "known here are {}": ("kända här är {0}", "hier bekannt sind {0}"),
    "is no quantity": ("är ingen storhet", "ist keine Größe"),
    "must be {}, not {}": ("måste vara {0:say}, inte {1}", "muss {0:say} sein, nicht {1}"),
    "a whole number from {} to {}": ("ett heltal från {0} till {1}", "eine ganze Zahl von {0} bis {1}"),
    "a number above 0": ("ett tal över 0", "eine Zahl über 0"),
    "a list of tables, {}": ("en lista med tabeller, {0}", "eine Liste von Tabellen, {0}"),
    "a list of texts": ("en lista med texter", "eine Liste von Texten"),
    "a list of whole numbers from {} to {}": (
        "en lista med heltal från {0} till {1}",
        "eine Liste ganzer Zahlen von {0} bis {1}",
    ),
    "a list of [first, last] within 0 to {}": (
        "en lista med [första, sista] inom 0 till {0}",
        "eine Liste von [erste, letzte] innerhalb 0 bis {0}",
    ),
    "two numbers, [least, most]": ("två tal, [minst, störst]", "zwei Zahlen, [kleinste, größte]"),
    "seconds from {} to 60": ("sekunder från {0} till 60", "Sekunden von {0} bis 60"),
    "a table": ("en tabell", "eine Tabelle"),
    "must be ASCII": ("måste vara ASCII", "muss ASCII sein"),
    "must be a multiple of the model's alignment, {}": (
        "måste vara en multipel av modellens alignment, {0}",
        "muss ein Vielfaches von alignment des Modells sein, {0}",
    ),
    "leaves no room for {} registers": ("lämnar inte plats för {0} register", "lässt keinen Platz für {0} Register"),
    "fills {} registers, more than max_registers allows": (
        "fyller {0} register, mer än max_registers tillåter",
        "füllt {0} Register, mehr als max_registers erlaubt",
    ),
    "and 0x{} come in one request, and `readable` bars what lies between": (
        "och 0x{0} kommer i en fråga, och `readable` spärrar det som ligger emellan",
        "und 0x{0} kommen in einer Anfrage, und `readable` sperrt, was dazwischen liegt",
    ),
    "cannot stand beside plus, minus or exponent": (
        "kan inte stå bredvid plus, minus eller exponent",
        "kann nicht neben plus, minus oder exponent stehen",
    ),
}
