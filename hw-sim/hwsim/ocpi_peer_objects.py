"""The class tables of OCPI 2.2.1 that a CPO pushes: Session, CDR and everything inside them."""

from hwsim.ocpi_peer_types import (
    Table,
    boolean,
    choice,
    ci_text,
    date_time,
    many,
    matching,
    maybe,
    number,
    obj,
    one,
    text,
    url,
    whole,
)

TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d"
CALENDAR_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
country_alpha2 = matching(r"[A-Z]{2}", "an ISO 3166 alpha-2 country code")
country_alpha3 = matching(r"[A-Z]{3}", "an ISO 3166 alpha-3 country code")
currency = matching(r"[A-Z]{3}", "an ISO 4217 currency code")
# ISO 15118-2 and eMI3, or DIN SPEC 91286; separators are optional.
evse_id = matching(
    r"#NA|[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30}|\+?[0-9]{1,3}\*[0-9]{3,6}\*[0-9*]{1,32}", "an EVSE id"
)

# Dimensions that OCPI allows in a Session but never in a CDR.
SESSION_ONLY_DIMENSIONS = frozenset({"CURRENT", "ENERGY_EXPORT", "ENERGY_IMPORT", "POWER", "STATE_OF_CHARGE"})
CDR_DIMENSIONS = (
    "ENERGY",
    "MAX_CURRENT",
    "MIN_CURRENT",
    "MAX_POWER",
    "MIN_POWER",
    "PARKING_TIME",
    "RESERVATION_TIME",
    "TIME",
)
CONNECTOR_TYPES = (
    "CHADEMO",
    "CHAOJI",
    *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKLMNO"),
    "GBT_AC",
    "GBT_DC",
    "IEC_60309_2_single_16",
    "IEC_60309_2_three_16",
    "IEC_60309_2_three_32",
    "IEC_60309_2_three_64",
    "IEC_62196_T1",
    "IEC_62196_T1_COMBO",
    "IEC_62196_T2",
    "IEC_62196_T2_COMBO",
    "IEC_62196_T3A",
    "IEC_62196_T3C",
    *(f"NEMA_{kind}" for kind in ("5_20", "6_30", "6_50", "10_30", "10_50", "14_30", "14_50")),
    "PANTOGRAPH_BOTTOM_UP",
    "PANTOGRAPH_TOP_DOWN",
    "TESLA_R",
    "TESLA_S",
)
POWER_TYPES = ("AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC")
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

auth_method = choice("AUTH_REQUEST", "COMMAND", "WHITELIST")
price = obj({"excl_vat": one(number), "incl_vat": maybe(number)})
display_text = obj({"language": one(matching(r"[a-z]{2}", "an ISO 639-1 language")), "text": one(text(512))})

cdr_token = obj(
    {
        "country_code": one(country_alpha2),
        "party_id": one(ci_text(3)),
        "uid": one(ci_text(36)),
        "type": one(choice("AD_HOC_USER", "APP_USER", "OTHER", "RFID")),
        "contract_id": one(ci_text(36)),
    }
)


def charging_period(dimensions: tuple[str, ...]) -> Table:
    """Give the ChargingPeriod table with the dimensions that are legal where it stands."""
    dimension = obj({"type": one(choice(*dimensions)), "volume": one(number)})
    return {
        "start_date_time": one(date_time),
        "dimensions": one(many(dimension, at_least=1)),
        "tariff_id": maybe(ci_text(36)),
    }


session_period = obj(charging_period((*CDR_DIMENSIONS, *sorted(SESSION_ONLY_DIMENSIONS))))
cdr_period = obj(charging_period(CDR_DIMENSIONS))

SESSION: Table = {
    "country_code": one(country_alpha2),
    "party_id": one(ci_text(3)),
    "id": one(ci_text(36)),
    "start_date_time": one(date_time),
    "end_date_time": maybe(date_time),
    "kwh": one(number),
    "cdr_token": one(cdr_token),
    "auth_method": one(auth_method),
    "authorization_reference": maybe(ci_text(36)),
    "location_id": one(ci_text(36)),
    "evse_uid": one(ci_text(36)),
    "connector_id": one(ci_text(36)),
    "meter_id": maybe(text(255)),
    "currency": one(currency),
    "charging_periods": maybe(many(session_period)),
    "total_cost": maybe(price),
    "status": one(choice("ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION")),
    "last_updated": one(date_time),
}

cdr_location = obj(
    {
        "id": one(ci_text(36)),
        "name": maybe(text(255)),
        "address": one(text(45)),
        "city": one(text(45)),
        "postal_code": maybe(text(10)),
        "state": maybe(text(20)),
        "country": one(country_alpha3),
        "coordinates": one(
            obj(
                {
                    "latitude": one(matching(r"-?[0-9]{1,2}\.[0-9]{5,7}", "a latitude with 5 to 7 decimals")),
                    "longitude": one(matching(r"-?[0-9]{1,3}\.[0-9]{5,7}", "a longitude with 5 to 7 decimals")),
                }
            )
        ),
        "evse_uid": one(ci_text(36)),
        "evse_id": one(evse_id),
        "connector_id": one(ci_text(36)),
        "connector_standard": one(choice(*CONNECTOR_TYPES)),
        "connector_format": one(choice("SOCKET", "CABLE")),
        "connector_power_type": one(choice(*POWER_TYPES)),
    }
)

restrictions = obj(
    {
        "start_time": maybe(matching(TIME_OF_DAY, "a time HH:MM")),
        "end_time": maybe(matching(TIME_OF_DAY, "a time HH:MM")),
        "start_date": maybe(matching(CALENDAR_DATE, "a date YYYY-MM-DD")),
        "end_date": maybe(matching(CALENDAR_DATE, "a date YYYY-MM-DD")),
        **{
            f"{bound}_{quantity}": maybe(number) for quantity in ("kwh", "current", "power") for bound in ("min", "max")
        },
        "min_duration": maybe(whole),
        "max_duration": maybe(whole),
        "day_of_week": maybe(many(choice(*WEEKDAYS))),
        "reservation": maybe(choice("RESERVATION", "RESERVATION_EXPIRES")),
    }
)
price_component = obj(
    {
        "type": one(choice("ENERGY", "FLAT", "PARKING_TIME", "TIME")),
        "price": one(number),
        "vat": maybe(number),
        "step_size": one(whole),
    }
)
tariff_element = obj({"price_components": one(many(price_component, at_least=1)), "restrictions": maybe(restrictions)})
energy_mix = obj(
    {
        "is_green_energy": one(boolean),
        "energy_sources": maybe(many(obj({"source": one(text(30)), "percentage": one(number)}))),
        "environ_impact": maybe(many(obj({"category": one(text(30)), "amount": one(number)}))),
        "supplier_name": maybe(text(64)),
        "energy_product_name": maybe(text(64)),
    }
)
tariff = obj(
    {
        "country_code": one(country_alpha2),
        "party_id": one(ci_text(3)),
        "id": one(ci_text(36)),
        "currency": one(currency),
        "type": maybe(choice("AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR")),
        "tariff_alt_text": maybe(many(display_text)),
        "tariff_alt_url": maybe(url),
        "min_price": maybe(price),
        "max_price": maybe(price),
        "elements": one(many(tariff_element, at_least=1)),
        "start_date_time": maybe(date_time),
        "end_date_time": maybe(date_time),
        "energy_mix": maybe(energy_mix),
        "last_updated": one(date_time),
    }
)
signed_data = obj(
    {
        "encoding_method": one(ci_text(36)),
        "encoding_method_version": maybe(whole),
        "public_key": maybe(text(512)),
        "signed_values": one(
            many(
                obj({"nature": one(ci_text(32)), "plain_data": one(text(5000)), "signed_data": one(text(5000))}),
                at_least=1,
            )
        ),
        "url": maybe(text(512)),
    }
)

CDR: Table = {
    "country_code": one(country_alpha2),
    "party_id": one(ci_text(3)),
    "id": one(ci_text(39)),
    "start_date_time": one(date_time),
    "end_date_time": one(date_time),
    "session_id": maybe(ci_text(36)),
    "cdr_token": one(cdr_token),
    "auth_method": one(auth_method),
    "authorization_reference": maybe(ci_text(36)),
    "cdr_location": one(cdr_location),
    "meter_id": maybe(text(255)),
    "currency": one(currency),
    "tariffs": maybe(many(tariff)),
    "charging_periods": one(many(cdr_period, at_least=1)),
    "signed_data": maybe(signed_data),
    "total_cost": one(price),
    "total_fixed_cost": maybe(price),
    "total_energy": one(number),
    "total_energy_cost": maybe(price),
    "total_time": one(number),
    "total_time_cost": maybe(price),
    "total_parking_time": maybe(number),
    "total_parking_cost": maybe(price),
    "total_reservation_cost": maybe(price),
    "remark": maybe(text(255)),
    "invoice_reference_id": maybe(ci_text(39)),
    "credit": maybe(boolean),
    "credit_reference_id": maybe(ci_text(39)),
    "home_charging_compensation": maybe(boolean),
    "last_updated": one(date_time),
}
