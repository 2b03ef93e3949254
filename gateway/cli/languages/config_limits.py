"""What check-config finds in single values: their limits."""

from gateway.cli.language import Table

TABLE: Table = {
    "is {} characters long; OCPI allows {}, so leave a decimal away": (
        "är {0} tecken lång; OCPI tillåter {1}, så stryk en decimal",
        "ist {0} Zeichen lang; OCPI erlaubt {1}, also eine Dezimale weglassen",
    ),
    "is {} characters long; OCPI allows {}": (
        "är {0} tecken lång; OCPI tillåter {1}",
        "ist {0} Zeichen lang; OCPI erlaubt {1}",
    ),
    "must be a name that `peers list` shows": (
        "måste vara ett namn som `peers list` visar",
        "muss ein Name sein, den `peers list` zeigt",
    ),
    'must be an OCPI ConnectorType, such as "IEC_62196_T2"': (
        'måste vara en ConnectorType i OCPI, som "IEC_62196_T2"',
        'muss ein ConnectorType von OCPI sein, wie "IEC_62196_T2"',
    ),
    'must be "24/7", or days and times such as "Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00"': (
        'måste vara "24/7", eller dagar och tider som "Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00"',
        'muss "24/7" sein, oder Tage und Zeiten wie "Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00"',
    ),
    "has a period that ends before it begins; write one that goes over midnight as two": (
        "har en period som slutar innan den börjar; skriv en som går över midnatt som två",
        "hat einen Zeitraum, der endet, bevor er beginnt; einen über Mitternacht als zwei schreiben",
    ),
    "two of its periods on {} overlap; write one": (
        "två av perioderna på {0} överlappar; skriv en",
        "zwei der Zeiträume am {0} überschneiden sich; einen schreiben",
    ),
    'must be an address such as "https://peer.example.com/ocpi/versions"': (
        'måste vara en adress som "https://peer.example.com/ocpi/versions"',
        'muss eine Adresse sein wie "https://peer.example.com/ocpi/versions"',
    ),
    'must be country, party and E with up to 30 capitals, digits or *, such as "SE*ABC*E1"': (
        'måste vara land, part och E med upp till 30 versaler, siffror eller *, som "SE*ABC*E1"',
        'muss Land, Partei und E mit bis zu 30 Großbuchstaben, Ziffern oder * sein, wie "SE*ABC*E1"',
    ),
    'must be degrees with 5 to 7 decimals, such as "{}"': (
        'måste vara grader med 5 till 7 decimaler, som "{0}"',
        'muss Grad mit 5 bis 7 Dezimalen sein, wie "{0}"',
    ),
    "must be from -{} to {} degrees": ("måste vara från -{0} till {1} grader", "muss von -{0} bis {1} Grad sein"),
    "must be from {} to {}": ("måste vara från {0} till {1}", "muss von {0} bis {1} sein"),
    "must be plain ASCII letters, digits and signs": (
        "måste vara vanliga ASCII-bokstäver, siffror och tecken",
        "muss aus einfachen ASCII-Buchstaben, Ziffern und Zeichen bestehen",
    ),
    'must be three capitals (ISO 4217), such as "EUR"': (
        'måste vara tre versaler (ISO 4217), som "EUR"',
        'muss drei Großbuchstaben haben (ISO 4217), wie "EUR"',
    ),
    'must be three capitals or digits, such as "ABC"': (
        'måste vara tre versaler eller siffror, som "ABC"',
        'muss drei Großbuchstaben oder Ziffern haben, wie "ABC"',
    ),
    'must be topic levels without +, # or an outer /, such as "sites/1"': (
        'måste vara ämnesnivåer utan +, # eller yttre /, som "sites/1"',
        'muss aus Themenebenen ohne +, # oder äußeres / bestehen, wie "sites/1"',
    ),
    'must be upper case; use "{}"': (
        'måste vara versaler; använd "{0}"',
        'muss groß geschrieben sein; "{0}" verwenden',
    ),
    "must not be empty": ("får inte vara tom", "darf nicht leer sein"),
    "must not contain line breaks or control characters": (
        "får inte innehålla radbrytningar eller styrtecken",
        "darf keine Zeilenumbrüche oder Steuerzeichen enthalten",
    ),
    "this time zone does not exist; {}": ("tidszonen finns inte; {0:say}", "diese Zeitzone gibt es nicht; {0:say}"),
    'use an IANA name such as "Europe/Stockholm"': (
        'använd ett IANA-namn som "Europe/Stockholm"',
        'einen IANA-Namen wie "Europe/Berlin" verwenden',
    ),
    'must be parties such as "SE*ABC"': ('måste vara parter som "SE*ABC"', 'müssen Parteien sein wie "SE*ABC"'),
}
