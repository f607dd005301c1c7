"""Deliveries fetched from real servers, as far as the ledger."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from paramiko import SFTPAttributes

from tests.sources.servers import SshServer, WebService, ssh_server, web_service
from xiantong.contracts.catalogue import Catalogue
from xiantong.delivered import DeliveryFile
from xiantong.ledger import Ledger
from xiantong.names import DatasetId
from xiantong.parsing import parse_delivery
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.sources import IntakeResult, Skipped, SourceError, fetch, intake
from xiantong.sources.fetching.config import SftpSource
from xiantong.sources.fetching.sftp import _copy
from xiantong.sources.fetching.target import Target
from xiantong.store import Store

ENTITY = DatasetId("market_regulation", "market_entity")
AUDIT = DatasetId("audit", "audit_project")
FIRE = DatasetId("forestry", "fire_event")
NOON = datetime(2023, 11, 2, 12)


class Office:
    """A deployment with sources of its own."""

    def __init__(self, home: Path, catalogue: Catalogue) -> None:
        self.settings = Settings(
            home=home, expectations=PROJECT_ROOT / "expectations", stable_seconds=0
        )
        self.catalogue = catalogue
        self.ledger = Ledger.of(self.settings)
        self.store = Store.of(self.settings)
        self.secrets: dict[str, str] = {}

    def configure(self, *sources: dict[str, object]) -> None:
        text = yaml.safe_dump({"sources": list(sources)}, allow_unicode=True)
        self.settings.sources_file.parent.mkdir(parents=True, exist_ok=True)
        self.settings.sources_file.write_text(text, encoding="utf-8")

    def fetch(self, now: datetime = NOON, at_once: bool = True) -> list[Skipped]:
        return fetch(self.settings, self.catalogue, self.secrets.get, now, at_once=at_once)

    def take(self, later: timedelta = timedelta(hours=1)) -> IntakeResult:
        moment = datetime.now(UTC).replace(tzinfo=None) + later
        return intake(self.settings, self.catalogue, self.ledger, self.store, now=moment)


@pytest.fixture
def office(tmp_path: Path, catalogue: Catalogue) -> Office:
    return Office(tmp_path / "home", catalogue)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[SshServer]:
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs the package openssh-server")
        pytest.skip("no sshd: install openssh-server")
    (folder := tmp_path / "ssh").mkdir()
    with ssh_server(folder, program) as server:
        yield server


@pytest.fixture
def service() -> Iterator[WebService]:
    with web_service() as running:
        yield running


def sftp_source(server: SshServer, folder: Path, **more: object) -> dict[str, object]:
    return {
        "name": "registry", "type": "sftp", "host": "127.0.0.1", "port": server.port,
        "user": server.user, "key_file": str(server.key_file),
        "known_hosts": str(server.known_hosts), "datasets": {str(ENTITY): str(folder)}, **more,
    }  # fmt: skip


def test_sftp_file_with_its_marker_is_fetched_once(
    office: Office, sshd: SshServer, tmp_path: Path
) -> None:
    (outgoing := tmp_path / "outgoing").mkdir()
    content = "统一社会信用代码,市场主体名称\n".encode("gb18030")
    file = outgoing / "市场主体_2023-10_980121000000.csv"
    file.write_bytes(content)
    moment = (NOON - timedelta(hours=2)).replace(tzinfo=UTC).timestamp()
    os.utime(file, (moment, moment))
    (outgoing / f"{file.name}.ok").touch()
    (outgoing / "half.csv.part").write_bytes(b"unfinished")
    office.configure(sftp_source(sshd, outgoing))
    assert office.fetch() == []
    (delivery,) = office.take().new
    assert (delivery.dataset, delivery.name, delivery.size) == (ENTITY, file.name, len(content))
    assert delivery.submitted_at == NOON - timedelta(hours=2)
    original = office.store.original_path(delivery.sha256, delivery.name)
    assert original.read_bytes() == content
    assert office.fetch() == []
    assert office.take().new == ()
    file.write_bytes(content + b"more")
    assert office.fetch() == []
    assert len(office.take().new) == 1


def test_csv_by_sftp_waits_ten_minutes_for_its_marker(
    office: Office, sshd: SshServer, tmp_path: Path
) -> None:
    (outgoing := tmp_path / "outgoing").mkdir()
    for name in ("2023-10.csv", "2023-11.csv", "2023-12.xlsx"):
        (outgoing / name).write_bytes(name.encode())
    office.configure(sftp_source(sshd, outgoing))
    assert office.fetch() == []
    soon = office.take(timedelta(minutes=5))
    assert [delivery.name for delivery in soon.new] == ["2023-12.xlsx"]
    assert {skipped.reason for skipped in soon.skipped} == {"waits for its .ok file"}
    (outgoing / "2023-10.csv.ok").touch()
    assert office.fetch() == []
    marked = office.take(timedelta(minutes=5))
    assert [delivery.name for delivery in marked.new] == ["2023-10.csv"]
    late = office.take(timedelta(minutes=11))
    assert [delivery.name for delivery in late.new] == ["2023-11.csv"]


def test_two_people_s_files_stay_two_files(office: Office, sshd: SshServer, tmp_path: Path) -> None:
    (outgoing := tmp_path / "outgoing").mkdir()
    for person in ("110101199001011234", "110101199202022345"):
        (outgoing / f"2023-10_{person}.xlsx").write_bytes(person.encode())
    office.configure(sftp_source(sshd, outgoing))

    assert office.fetch() == []
    taken = office.take().new

    assert len({delivery.sha256 for delivery in taken}) == 2
    assert {delivery.name for delivery in taken} == {"2023-10_***.xlsx"}
    assert office.fetch() == []
    assert office.take().new == ()


class _HostileServer:
    """Lists file names that no file system could hold, as a server may. Copies whatever it is asked for."""

    def __init__(self, *names: str) -> None:
        self.listed = []
        for name in names:
            entry = SFTPAttributes()
            entry.filename, entry.st_mode, entry.st_size, entry.st_mtime = name, 0o100644, 1, 1
            self.listed.append(entry)

    def get(self, remote: str, local: str) -> None:
        Path(local).write_text(remote, encoding="utf-8")


@pytest.mark.parametrize("name", ["/{}/planted", "x/../../../../planted"])
def test_server_cannot_place_a_file_outside_its_folder(tmp_path: Path, name: str) -> None:
    server = _HostileServer(name.format(tmp_path), "honest.xlsx")
    source = SftpSource(
        name="registry", type="sftp", host="h", user="u", datasets={ENTITY: "/outgoing"}
    )
    target = Target(tmp_path / "home" / "fetched" / "registry")

    problems = [
        problem
        for entry in server.listed
        for problem in _copy(server, source, ENTITY, "/outgoing", entry, target)  # type: ignore[arg-type]
    ]

    assert [problem.reason for problem in problems] == [
        "a file name with a path in it is not taken"
    ]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["honest.xlsx"]


def test_sftp_server_that_nobody_vouched_for_is_refused(
    office: Office, sshd: SshServer, tmp_path: Path
) -> None:
    (tmp_path / "known").write_text("", encoding="utf-8")
    office.configure(sftp_source(sshd, tmp_path, known_hosts=str(tmp_path / "known")))
    (problem,) = office.fetch()
    assert problem.place == "registry"
    assert "known_hosts" in problem.reason
    assert not list(office.settings.fetched.rglob("*.csv"))


@pytest.fixture
def audit_view(postgres_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "create table project (period text, audit_no text, audit_name text, "
                "audit_kind text, start_date date, report_date date, quality_score numeric(5,1), "
                "audit_status text)"
            )
        )
        connection.execute(
            sa.text(
                "insert into project values "
                "('2023年一季度', 'SJ003', '旧项目', 'ECONOMIC', null, null, null, 'DONE'), "
                "('2023-Q2', 'SJ002', '乙, 丙', 'ECONOMIC', '2023-04-02', null, 91.5, 'DONE'), "
                "('2023-Q3', 'SJ009', '丁\"戊', 'ECONOMIC', '2023-07-02', null, null, 'DONE'), "
                "('2023-Q3', 'SJ001', '己\n庚', 'ECONOMIC', '2023-08-02', null, 88, 'DONE')"
            )
        )
        connection.execute(sa.text("create view v_project as select * from project"))
    yield engine
    engine.dispose()


def audit_source(engine: sa.Engine, **more: object) -> dict[str, object]:
    url = engine.url.render_as_string(hide_password=False)
    return {
        "name": "audit_office", "type": "database", "url": url, "reporter": "980121000000audit",
        "datasets": {str(AUDIT): "public.v_project"}, "look_back": 2, **more,
    }  # fmt: skip


def test_view_of_a_database_becomes_one_delivery_per_period(
    office: Office, audit_view: sa.Engine, tmp_path: Path
) -> None:
    office.configure(audit_source(audit_view))
    assert office.fetch() == []
    taken = {d.name: d for d in office.take().new}
    assert sorted(taken) == [
        "2023-Q2_980121000000audit.csv",
        "2023-Q3_980121000000audit.csv",
    ]
    delivery = taken["2023-Q3_980121000000audit.csv"]
    file = DeliveryFile(
        submission_id=delivery.id,
        dataset=AUDIT,
        path=office.store.original_path(delivery.sha256, delivery.name),
        name=delivery.name,
        submitted_at=delivery.submitted_at,
    )
    parsed = parse_delivery(file, office.catalogue.contract(AUDIT), office.catalogue, tmp_path)
    assert parsed.row_count == 2
    assert str(parsed.envelope.period) == "2023-Q3"
    assert parsed.envelope.reporter_code == "980121000000audit"


def test_unchanged_view_brings_nothing_and_a_changed_row_a_new_delivery(
    office: Office, audit_view: sa.Engine
) -> None:
    office.configure(audit_source(audit_view))
    assert office.fetch() == []
    assert len(office.take().new) == 2
    assert office.fetch() == []
    assert office.take().new == ()
    with audit_view.begin() as connection:
        connection.execute(
            sa.text("update project set quality_score = 90 where audit_no = 'SJ009'")
        )
    assert office.fetch() == []
    assert [d.name for d in office.take().new] == ["2023-Q3_980121000000audit.csv"]


def test_broken_view_is_reported_and_the_others_are_fetched(
    office: Office, audit_view: sa.Engine, service: WebService
) -> None:
    service.answers["/fire"] = ("application/json", b'{"rows": []}')
    office.configure(
        audit_source(audit_view, datasets={str(AUDIT): "v_gone"}),
        {"name": "fire", "type": "http", "reporter": "980121000000forestry",
         "datasets": {str(FIRE): service.url("/fire")}},
    )  # fmt: skip
    (problem,) = office.fetch()
    assert problem.place == "audit_office:v_gone"
    assert [d.dataset for d in office.take().new] == [FIRE]


def test_missing_view_keeps_back_no_other_view_of_its_source(
    office: Office, audit_view: sa.Engine
) -> None:
    views = {str(FIRE): "public.v_gone", str(AUDIT): "public.v_project"}
    office.configure(audit_source(audit_view, datasets=views))

    (problem,) = office.fetch()

    assert problem.place == "audit_office:public.v_gone"
    assert "no such table or view" in problem.reason
    assert {d.dataset for d in office.take().new} == {AUDIT}


def test_view_without_periods_is_of_the_county_s_last_month(
    office: Office, audit_view: sa.Engine
) -> None:
    with audit_view.begin() as connection:
        connection.execute(sa.text("create view v_now as select audit_no from project"))
    office.configure(audit_source(audit_view, datasets={str(AUDIT): "v_now"}))

    # 1 October, two in the morning in the county; in UTC it is still September.
    assert office.fetch(datetime(2023, 9, 30, 18)) == []

    assert [d.name for d in office.take().new] == ["2023-Q3_980121000000audit.csv"]


def test_web_service_is_asked_for_the_periods_that_are_due(
    office: Office, service: WebService
) -> None:
    content = json.dumps({"envelope": {"period": "2023-10"}, "rows": []}).encode()
    service.answers["/fire?period=2023-10"] = ("application/json; charset=utf-8", content)
    service.token = "opensesame"
    office.secrets["fire_token"] = "opensesame"
    office.configure(
        {"name": "fire", "type": "http", "reporter": "980121000000forestry", "secret": "fire_token",
         "datasets": {str(FIRE): service.url("/fire?period={period}")}}
    )  # fmt: skip
    assert office.fetch() == []
    assert [d.name for d in office.take().new] == ["2023-10_980121000000forestry.json"]
    assert ("/fire?period=2023-10", 200) in service.asked
    service.asked.clear()
    assert office.fetch() == []
    assert ("/fire?period=2023-10", 304) in service.asked
    assert office.take().new == ()


def test_answer_that_is_no_delivery_is_not_stored(office: Office, service: WebService) -> None:
    service.answers["/fire"] = ("text/html", b"<h1>please sign in</h1>")
    office.configure(
        {"name": "fire", "type": "http", "reporter": "980121000000forestry",
         "datasets": {str(FIRE): service.url("/fire")}}
    )  # fmt: skip
    (problem,) = office.fetch()
    assert "text/html" in problem.reason
    assert office.take().new == ()


def test_missing_secret_is_named_and_no_secret_is_shown(
    office: Office, service: WebService
) -> None:
    service.token = "right"
    office.configure(
        {"name": "fire", "type": "http", "reporter": "980121000000forestry", "secret": "fire_token",
         "datasets": {str(FIRE): service.url("/fire")}}
    )  # fmt: skip
    (problem,) = office.fetch()
    assert "XIANTONG_SECRET_FIRE_TOKEN" in problem.reason
    office.secrets["fire_token"] = "hush-hush"
    (problem,) = office.fetch()
    assert "401" in problem.reason
    assert "hush-hush" not in problem.reason


def test_source_is_visited_when_it_is_due(office: Office, service: WebService) -> None:
    service.answers["/fire"] = ("application/json", b"{}")
    office.configure(
        {"name": "fire", "type": "http", "reporter": "980121000000forestry", "every_minutes": 30,
         "datasets": {str(FIRE): service.url("/fire")}}
    )  # fmt: skip
    for minutes, visits in ((0, 1), (10, 1), (31, 2)):
        office.fetch(NOON + timedelta(minutes=minutes), at_once=False)
        assert len(service.asked) == visits


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ({"name": "x", "type": "ftp", "datasets": {}}, "ftp"),
        ({"name": "x", "type": "http", "reporter": "r", "datasets": {"no.such": "u"}}, "no.such"),
        ({"name": "x", "type": "http", "reporter": "r", "datasets": {"a.b": "u"}, "pw": "1"}, "pw"),
    ],
)
def test_mistake_in_the_file_is_named(
    office: Office, source: dict[str, object], complaint: str
) -> None:
    office.configure(source)
    with pytest.raises(SourceError, match=complaint):
        office.fetch()
