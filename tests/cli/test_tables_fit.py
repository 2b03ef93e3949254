"""Tables fit their width, wrap only the last column, and are coloured only where asked for."""

from gateway.cli.table import Cell, Style, number, render

ROWS = [
    ("EVSE-1", number("7"), Cell("all is well", Style.GOOD)),
    ("2", number("4711"), Cell("the contactor stays closed although it should be open", Style.BAD)),
]


def test_the_last_column_wraps_below_itself() -> None:
    assert render(("EVSE", "COUNT", "NEWS"), ROWS, width=40, coloured=False) == [
        "EVSE    COUNT  NEWS",
        "EVSE-1      7  all is well",
        "2        4711  the contactor stays",
        "               closed although it should",
        "               be open",
    ]


def test_each_line_of_a_last_cell_begins_anew() -> None:
    lines = render((), [("a", "meter lost\ncontroller lost")], width=80, coloured=False)
    assert lines == ["a  meter lost", "   controller lost"]


def test_an_id_is_not_torn_at_its_hyphens() -> None:
    lines = render((), [("a", "see ec222c62-d80d-5682-84e8-a8673ce956c3")], width=42, coloured=False)
    assert lines == ["a  see", "   ec222c62-d80d-5682-84e8-a8673ce956c3"]


def test_colours_do_not_move_the_columns() -> None:
    plain = render(("A", "B", "C"), ROWS, width=80, coloured=False)
    coloured = render(("A", "B", "C"), ROWS, width=80, coloured=True)
    assert "\x1b[31m" in coloured[2]
    stripped = list(coloured)
    for code in ("\x1b[0m", *(f"\x1b[{style}m" for style in Style)):
        stripped = [line.replace(code, "") for line in stripped]
    assert [line.rstrip() for line in stripped] == plain


def test_a_table_without_rows_is_its_heading() -> None:
    assert render(("A", "B"), [], width=80, coloured=False) == ["A  B"]
    assert render((), [], width=80, coloured=False) == []
