"""What `price` cannot price: what is wrong with a CDR or a tariff, after the path of the place."""

from gateway.cli.language import Table

TABLE: Table = {
    "only one of the two can come from stdin; give the other one's file": (
        "bara en av de två kan komma från stdin; ange den andras fil",
        "nur eines von beiden kann von stdin kommen; die Datei des anderen angeben",
    ),
    "is longer than any CDR or Tariff": ("är längre än någon CDR eller Tariff", "ist länger als jeder CDR oder Tariff"),
    "cannot be read ({})": ("kan inte läsas ({0})", "ist nicht lesbar ({0})"),
    "check the name": ("kontrollera namnet", "den Namen prüfen"),
    "there is no time zone {}": ("det finns ingen tidszon {0}", "es gibt keine Zeitzone {0}"),
    "give one like Europe/Berlin": ("ange en som Europe/Stockholm", "eine wie Europe/Berlin angeben"),
    "has prices of both 2.2.1 and 2.3.0": (
        "har priser av både 2.2.1 och 2.3.0",
        "hat Preise von 2.2.1 und von 2.3.0",
    ),
    "say --version which to show": (
        "ange med --version vilka som ska visas",
        "mit --version angeben, welche zu zeigen sind",
    ),
    "names tariff {}, which is not there": ("nämner tariff {0}, som inte finns", "nennt Tarif {0}, den es nicht gibt"),
    "see --tariff": ("se --tariff", "siehe --tariff"),
    "expected a CDR, a JSON object": ("väntade en CDR, ett JSON-objekt", "erwartet wird ein CDR, ein JSON-Objekt"),
    "expected a Tariff, a JSON object": (
        "väntade en Tariff, ett JSON-objekt",
        "erwartet wird ein Tariff, ein JSON-Objekt",
    ),
    "holds no tariff": ("innehåller ingen tariff", "enthält keinen Tarif"),
    "has neither excl_vat nor before_taxes": (
        "har varken excl_vat eller before_taxes",
        "hat weder excl_vat noch before_taxes",
    ),
    "is {}, no time is negative": ("är {0}, ingen tid är negativ", "ist {0}, keine Zeit ist negativ"),
    "is {}, no rate is negative": ("är {0}, ingen skattesats är negativ", "ist {0}, kein Steuersatz ist negativ"),
    "is in the year {}, nobody charged then": (
        "är år {0}, då laddade ingen",
        "liegt im Jahr {0}, damals lud niemand",
    ),
    "stands in the list twice, with different prices": (
        "står två gånger i listan, med olika priser",
        "steht zweimal in der Liste, mit verschiedenen Preisen",
    ),
    "is not an OCPI DateTime, write it in UTC like 2026-01-31T12:00:00Z": (
        "är ingen OCPI-DateTime, skriv den i UTC som 2026-01-31T12:00:00Z",
        "ist kein OCPI-DateTime, in UTC wie 2026-01-31T12:00:00Z schreiben",
    ),
    "is not a date that exists, write it in UTC like 2026-01-31T12:00:00Z": (
        "är inget datum som finns, skriv det i UTC som 2026-01-31T12:00:00Z",
        "ist kein Datum, das es gibt, in UTC wie 2026-01-31T12:00:00Z schreiben",
    ),
    "is nested too deeply for anything OCPI knows": (
        "är för djupt nästlat för något i OCPI",
        "ist tiefer verschachtelt als irgendetwas in OCPI",
    ),
    "is not UTF-8 text (byte {}), save it as UTF-8": (
        "är ingen UTF-8-text (byte {0}), spara den som UTF-8",
        "ist kein UTF-8-Text (Byte {0}), als UTF-8 speichern",
    ),
    "number out of range": ("ett tal utanför alla gränser", "eine Zahl außerhalb aller Grenzen"),
    "is not JSON": ("är ingen JSON", "ist kein JSON"),
    "is a number that nothing is measured in, check it": (
        "är ett tal som inget mäts i, kontrollera det",
        "ist eine Zahl, in der nichts gemessen wird, sie prüfen",
    ),
    "expected a number, got {}": ("väntade ett tal, fick {0:say}", "erwartet wird eine Zahl, da ist {0:say}"),
    "a text": ("en text", "ein Text"),
    "a list": ("en lista", "eine Liste"),
    "an object": ("ett objekt", "ein Objekt"),
    "something else": ("något annat", "etwas anderes"),
    "true or false": ("true eller false", "true oder false"),
    # What msgspec finds.
    "expected {}, got {}": ("väntade {0}, fick {1}", "erwartet wird {0}, da ist {1}"),
    "expected {} of length >= {}": ("väntade {0} med minst {1}", "erwartet wird {0} mit mindestens {1}"),
    "invalid enum value {}": ("otillåtet värde {0}", "unzulässiger Wert {0}"),
    "expected {}": ("väntade {0}", "erwartet wird {0}"),
    "object keys must be strings (byte {})": (
        "ett objekts nycklar måste vara texter (byte {0})",
        "die Schlüssel eines Objekts müssen Texte sein (Byte {0})",
    ),
    "invalid character (byte {})": ("otillåtet tecken (byte {0})", "unzulässiges Zeichen (Byte {0})"),
    "trailing characters (byte {})": ("tecken efter slutet (byte {0})", "Zeichen nach dem Ende (Byte {0})"),
    "input data was truncated": ("den är avhuggen", "es ist abgeschnitten"),
}
