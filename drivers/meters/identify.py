"""Recognising a meter by its identity words: which register to look at next, which models fit what was seen. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from drivers.meters.vocabulary import BeginsWith, InRanges, MeterModel, Probe, Within, matches
from drivers.modbus.read_plan import Span
from drivers.modbus.request import Function

# What a device answered to each question; None where it refused or said nothing.
Words = Mapping[Span, tuple[int, ...] | None]

# A model code that one device in a thousand shows by chance ends the search; a live value in its range does not.
_CERTAIN_BITS = 10.0
# What it proves that a number lies in its physical range: in a random word it would once in some dozens.
_LIVE_VALUE_BITS = 5.0


def next_question(models: Sequence[MeterModel], words: Words) -> Span | None:
    """Return the read that tells most models apart, None when nothing more can be learned.

    Codes and texts go before live values. Once a model is certain, only those that share some of its evidence are
    still asked for.
    """
    race = [model for model in models if not is_ruled_out(model, words)]
    if any(is_certain(model, words) and _is_all_shown(model, words) for model in race):
        race = [model for model in race if any(_is_shown(probe, words) for probe in model.identity)]
    asked_for = [one for one in (_first_open(model, words) for model in race) if one is not None]
    if not asked_for:
        return None
    counts = Counter(span for _, span in asked_for)
    live = {span for probe, span in asked_for if isinstance(probe.expected, Within)}
    return min(counts, key=lambda span: (span in live, -counts[span]))


def recognised(models: Sequence[MeterModel], words: Words) -> tuple[MeterModel, ...]:
    """Return the models all of whose identity was seen, those with the strongest evidence only, in the given order."""
    fitting = [model for model in models if _is_all_shown(model, words)]
    bits = [evidence_bits(model, words) for model in fitting]
    return tuple(model for model, own in zip(fitting, bits, strict=True) if own == max(bits) > 0)


def is_ruled_out(model: MeterModel, words: Words) -> bool:
    """Tell whether the device has answered one of the model's questions otherwise than that model does."""
    return any(
        all(place in words for place in probe.places)
        and not _is_shown(probe, words)
        and not _is_left_open(probe, words)
        for probe in model.identity
    )


def is_certain(model: MeterModel, words: Words) -> bool:
    """Tell whether what was shown proves the model: live values alone are shared by all meters of a make."""
    return evidence_bits(model, words) >= _CERTAIN_BITS and not all(
        isinstance(probe.expected, Within) for probe in model.identity if _is_shown(probe, words)
    )


def evidence_bits(model: MeterModel, words: Words) -> float:
    """Return how unlikely it is that another device shows what this one did by chance, as a power of two."""
    return sum(_bits(probe) for probe in model.identity if _is_shown(probe, words))


def identity_shown(span: Span, words: Sequence[int]) -> str:
    """Say what stands in an identity register, as text where it is one: "0x8960 holds 'B23 '"."""
    raw = b"".join(word.to_bytes(2, "big") for word in words)
    text = raw.replace(b"\0", b"")
    is_text = len(words) > 1 and len(text) > 1 and all(0x20 <= byte < 0x7F for byte in text)  # noqa: PLR2004 - ASCII
    held = repr(text.decode("ascii")) if is_text else " ".join(f"0x{word:04X}" for word in words)
    if span.function == Function.READ_IDENTIFICATION:
        return f"of function 43 (object {span.address}) holds {held}"
    return f"0x{span.address:04X} holds {held}"


def odd_one(model: MeterModel, words: Words) -> Span | None:
    """Return where the device showed something else than this model does; None where it did not."""
    return next(
        (one.span for one in model.identity if words.get(one.span) is not None and not _is_shown(one, words)), None
    )


def shown_one(model: MeterModel, words: Words) -> Span:
    """Return where the device showed what this model does; of several the last, for makers come before types."""
    shown = [(probe, place) for probe in model.identity if (place := _place(probe, words)) is not None]
    return max(shown, key=lambda one: (not isinstance(one[0].expected, Within), shown.index(one)))[1]


def _first_open(model: MeterModel, words: Words) -> tuple[Probe, Span] | None:
    """Return what is to be asked next of this model, and where."""
    return next(
        (
            (probe, place)
            for probe in model.identity
            if not _is_shown(probe, words)
            for place in probe.places
            if place not in words
        ),
        None,
    )


def _is_shown(probe: Probe, words: Words) -> bool:
    return _place(probe, words) is not None


def _place(probe: Probe, words: Words) -> Span | None:
    """Return where the device showed what the probe expects."""
    return next((one for one in probe.places if (seen := words.get(one)) is not None and matches(probe, seen)), None)


def _is_all_shown(model: MeterModel, words: Words) -> bool:
    return all(_is_shown(probe, words) or _is_left_open(probe, words) for probe in model.identity)


def _is_left_open(probe: Probe, words: Words) -> bool:
    """Tell whether the device was asked what it is and said nothing: that proves nothing either way."""
    return probe.is_self_said and probe.span in words and words[probe.span] is None


def _bits(probe: Probe) -> float:
    match probe.expected:
        case InRanges(ranges):
            values = sum(high - low + 1 for low, high in ranges)
            return 16.0 * probe.span.count - math.log2(values)
        case BeginsWith(texts):
            return 8.0 * min(map(len, texts)) - math.log2(len(texts))
        case Within():
            return _LIVE_VALUE_BITS
