"""R-01 to R-75: each has a test, and the page that says which is the one made from them."""

from conformance.table import README, page, proofs, requirements


def test_the_requirements_are_numbered_without_a_gap() -> None:
    numbers = [number for part in requirements().values() for number in part]
    assert numbers == [f"R-{number:02}" for number in range(1, 76)]


def test_no_test_proves_a_requirement_that_there_is_not() -> None:
    known = {number for part in requirements().values() for number in part}
    assert proofs().keys() <= known


def test_every_requirement_has_a_test() -> None:
    proven = proofs()
    missing = [number for part in requirements().values() for number in part if number not in proven]
    assert missing == []


def test_the_page_is_the_one_made_from_the_tests() -> None:
    assert README.read_text(encoding="utf-8") == page(), "run .venv/bin/python tests/conformance/table.py"
