"""Families of samples as Prometheus has them, all with our prefix."""

from collections.abc import Iterable
from decimal import Decimal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, SummaryMetricFamily

PREFIX = "ocpi_gateway"

Family = GaugeMetricFamily | CounterMetricFamily | InfoMetricFamily | SummaryMetricFamily
Rows = Iterable[tuple[tuple[str, ...], float | Decimal]]


def gauge(name: str, text: str, labels: tuple[str, ...], rows: Rows) -> GaugeMetricFamily:
    """Return values that go up and down."""
    family = GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=labels)
    for values, value in rows:
        family.add_metric(values, float(value))
    return family


def quantiles(name: str, text: str, labels: tuple[str, ...], rows: Rows) -> SummaryMetricFamily:
    """Return what so many of the newest values stay below; the last of each row's names is the quantile."""
    family = SummaryMetricFamily(f"{PREFIX}_{name}", text)
    for values, value in rows:
        family.add_sample(family.name, dict(zip((*labels, "quantile"), values, strict=True)), float(value))
    return family


def counter(name: str, text: str, labels: tuple[str, ...], rows: Rows) -> CounterMetricFamily:
    """Return values that only grow; `_total` is added to the name."""
    family = CounterMetricFamily(f"{PREFIX}_{name}", text, labels=labels)
    for values, value in rows:
        family.add_metric(values, float(value))
    return family
