from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from engine.clock import SettableClock
from engine.storage.database import Database
from processes.registry import stock
from processes.registry.commands import import_group
from processes.registry.importing import FileRefused, Report, import_file
from processes.registry.tables import Meter, StockMovement, Subscriber

HEADER = "code;kind;name;address;district;fin;telephone;email"
GOOD = "0100{at:06};household;Əliyev Rəşad;Bakı, Nizami küçəsi {at};Nəsimi;;050 123 45 67;"


def write(folder: Path, *lines: str, encoding: str = "utf-8-sig") -> Path:
    path = folder / "file.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def many(database: Database, table: type) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def take(database: Database, clock: SettableClock, tmp_path: Path):
    def take(kind: str, *lines: str, encoding: str = "utf-8-sig") -> Report:
        return import_file(database, kind, write(tmp_path, *lines, encoding=encoding), clock=clock)

    return take


def test_ten_thousand_lines_are_taken_and_progress_is_told(
    database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    path = write(tmp_path, HEADER, *(GOOD.format(at=at) for at in range(10_000)))
    told: list[int] = []
    report = import_file(database, "subscribers", path, clock=clock, progress=told.append)
    assert report == Report(10_000, 10_000)
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size
    assert many(database, Subscriber) == 10_000


def test_one_bad_line_of_ten_thousand_refuses_the_file(take, database: Database) -> None:
    lines = [GOOD.format(at=at) for at in range(10_000)]
    lines[7_777] = lines[7_777].replace("Nəsimi", "Nesimi")
    report = take("subscribers", HEADER, *lines)
    assert not report.taken
    assert (report.lines, report.written) == (10_000, 0)
    assert [(refused.line, refused.reason) for refused in report.refused] == [
        (7_779, "district 'Nesimi' is not in the register")
    ]
    assert many(database, Subscriber) == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("12A4;household;Ad;Ünvan;Nəsimi;;;", "is not 4 to 20 digits"),
        ("٣٣٣٣;household;Ad;Ünvan;Nəsimi;;;", "is not 4 to 20 digits"),
        ("0001;Household;Ad;Ünvan;Nəsimi;;;", "kind"),
        ("0001;household;;Ünvan;Nəsimi;;;", "name is empty"),
        ("0001;household;Ad; ;Nəsimi;;;", "address is empty"),
        ("0001;household;Ad;Ünvan;;;;", "district"),
        ("0001;household;Ad;Ünvan;Nəsimi;1234O67;;", "fin"),
        ("0001;household;Ad;Ünvan;Nəsimi;1234ß5;;", "fin"),
        ("0001;household;Ad;Ünvan;Nəsimi;;12;", "telephone"),
        ("0001;household;Ad;Ünvan;Nəsimi;;;a@b", "email"),
        ('0001;household;"Ad\nSoyad";Ünvan;Nəsimi;;;', "control characters"),
    ],
)
def test_a_bad_cell_is_told_with_its_reason(take, line: str, reason: str) -> None:
    report = take("subscribers", HEADER, line)
    assert [reason in refused.reason for refused in report.refused] == [True]


def test_all_bad_lines_are_told(take) -> None:
    report = take("subscribers", HEADER, "1;x", GOOD.format(at=1), "", GOOD.format(at=1), "2;y")
    assert [refused.line for refused in report.refused] == [2, 5, 6]
    assert report.refused[1].reason == "code 0100000001 is also in line 3"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [";", ","])
def test_what_excel_writes_is_read(take, database: Database, encoding: str, separator: str) -> None:
    lines = [HEADER, '0001;non_household;"MMC «Dəniz» ";"Bakı";Xətai;5abc123;(012) 498 55 31;a@b.az']
    report = take("subscribers", *(line.replace(";", separator) for line in lines), encoding=encoding)
    assert report.taken
    with database.read() as connection:
        row = connection.execute(select(Subscriber.__table__)).one()
    assert (row.code, row.name, row.fin, row.telephone) == ("0001", "MMC «Dəniz»", "5ABC123", "+994124985531")
    assert row.search_key == "mmc «deniz» baki"


def test_a_file_can_be_read_twice_and_changes_what_is_there(take, database: Database) -> None:
    header = f"{HEADER};meter_number;meter_make;meter_type;meter_diameter;meter_installed_on"
    line = GOOD.format(at=1) + ";M-1;Alfasu (Elektromed);smart;15;01.02.2024"
    assert take("subscribers", header, line).written == 2
    assert take("subscribers", header, line.replace("Rəşad", "Leyla")).written == 1
    with database.read() as connection:
        assert connection.scalar(select(Subscriber.name)) == "Əliyev Leyla"
        meter = connection.execute(select(Meter.__table__)).one()
    assert (meter.number, meter.type, str(meter.installed_on)) == ("M-1", "smart", "2024-02-01")


def test_a_meter_is_at_one_subscriber(take) -> None:
    header = f"{HEADER};meter_number;meter_make;meter_diameter"
    lines = [GOOD.format(at=at) + ";M-1;Alfasu;15" for at in (1, 2)]
    assert [refused.reason for refused in take("subscribers", header, *lines).refused] == [
        "meter M-1 is active at subscriber 0100000001"
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("code;name",), "columns are missing: kind, address, district"),
        ((HEADER + ";surname",), "columns are unknown: surname"),
        ((HEADER + ";email",), "twice"),
        (("",), "missing"),
    ],
)
def test_a_wrong_header_refuses_the_file(take, lines: tuple[str, ...], reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        take("subscribers", *lines)


def test_another_encoding_refuses_the_file(take) -> None:
    with pytest.raises(FileRefused, match="UTF-8"):
        take("subscribers", HEADER, "0001;household;Ağa;Ünvan;Bakı;;;", encoding="cp1254")


def test_an_inventory_sets_the_stock_and_books_the_difference(take, database: Database) -> None:
    header, line = "office,diameter,make,type,quantity", "sumqayit,15,Teksan (Metlab),smart_card,{}"
    for quantity in (8, 8, 5):
        assert take("stock", header, line.format(quantity)).taken
    with database.read() as connection:
        assert stock.by_diameter(connection, "sumqayit") == {15: 5}
        moved = connection.execute(select(StockMovement.quantity).order_by(StockMovement.id)).scalars().all()
    assert moved == [8, -3]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nowhere;15;Teksan (Metlab);smart;1", "office"),
        ("sumqayit;15;Teksan;smart;1", "make"),
        ("sumqayit;15;Teksan (Metlab);clever;1", "type"),
        ("sumqayit;17;Teksan (Metlab);smart;1", "diameter"),
        ("sumqayit;15;Teksan (Metlab);smart;-1", "quantity"),
        ("sumqayit;15;Teksan (Metlab);smart;1,5", "quantity"),
    ],
)
def test_a_bad_line_of_stock_refuses_the_file(take, database: Database, line: str, reason: str) -> None:
    report = take("stock", "office;diameter;make;type;quantity", "absheron;15;Teksan (Metlab);smart;3", line)
    assert [reason in refused.reason for refused in report.refused] == [True]
    assert many(database, StockMovement) == 0


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (GOOD.format(at=1), 0, "1 lines, 1 rows written."),
        ("1;x", 1, "line 2: code '1' is not 4 to 20 digits"),
    ],
)
def test_the_command_says_what_it_did(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, code: int, said: str
) -> None:
    monkeypatch.setenv("SAYGAC_DEMO", "1")
    monkeypatch.setenv("SAYGAC_DATABASE_URL", f"sqlite:///{tmp_path}/books.db")
    ran = CliRunner().invoke(import_group, ["subscribers", str(write(tmp_path, HEADER, line))])
    assert (ran.exit_code, said in ran.output) == (code, True)
