"""No page is open, nobody sees another department, and no other site can act for a user."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.served import BUREAU, FUEL, MEGABYTES, SPORT, Served
from xiantong.embedded import EmbeddedAirflow

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

LIST_ROUTES = """
import json
from fastapi.routing import APIRoute
from xiantong.web.app import create_app
routes = create_app().routes
assert all(isinstance(r, APIRoute) for r in routes), routes
print(json.dumps([[m, r.path] for r in routes for m in r.methods]))
"""


@pytest.fixture(scope="module")
def routes(served: Served) -> list[tuple[str, str]]:
    """Method and path of every route that the application has, documented or not."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES], check=True, capture_output=True, text=True,
        env=os.environ | EmbeddedAirflow(served.settings).environment(served.port),
    )  # fmt: skip
    found = [tuple(route) for route in json.loads(done.stdout.splitlines()[-1])]
    assert len(found) >= 20
    return found


def filled(path: str, submission_id: str) -> str:
    values = {
        "submission_id": submission_id, "dataset": str(SPORT), "token": "x" * 24,
        "name": "xiantong.css", "period": "2026-05", "reporter": BUREAU,
    }  # fmt: skip
    return path.format(**values)


def test_every_route_refuses_anonymous_requests(
    served: Served, routes: list[tuple[str, str]]
) -> None:
    submission = served.latest("2026-05")
    with served.as_user(None) as nobody:
        for method, path in routes:
            target = filled(path, submission.id)
            plain = nobody.client.request(method, target, headers={"Accept": "*/*"})
            assert plain.status_code == 401, (method, path, plain.status_code)
            assert plain.json() == {"detail": "Not authenticated"}
            page = nobody.client.request(method, target)
            if method == "GET":
                assert page.status_code == 303, (method, path)
                assert page.headers["location"].startswith("/auth/login?next=")
            else:
                assert page.status_code == 401


def test_forged_and_expired_tokens_are_refused(served: Served) -> None:
    given = served.token("education")
    claims = jwt.decode(given, options={"verify_signature": False})
    secret = EmbeddedAirflow(served.settings).environment()["AIRFLOW__API_AUTH__JWT_SECRET"]

    def signed(**changed: Any) -> str:
        algorithm = jwt.get_unverified_header(given)["alg"]
        return jwt.encode(claims | changed, secret, algorithm=algorithm)

    with served.as_user(None) as nobody:

        def board(token: str) -> httpx.Response:
            return nobody.client.get("/board", headers={"Authorization": f"Bearer {token}"})

        assert "学生每天体育活动时间月报" in board(signed()).text
        yesterday = claims["iat"] - 86_400
        for token in (
            "x",
            given[:-3] + "abc",
            signed(iat=yesterday, nbf=yesterday, exp=yesterday + 60),
        ):
            answer = board(token)
            assert answer.status_code in (303, 401, 403)
            assert "学生每天体育活动时间月报" not in answer.text


def test_user_who_is_not_listed_sees_nothing(served: Served, routes: list[tuple[str, str]]) -> None:
    submission = served.latest("2026-05")
    with served.as_user("admin") as stranger:
        for method, path in routes:
            answer = stranger.client.request(method, filled(path, submission.id))
            assert answer.status_code == 403, (method, path)
        assert "还没有登记报送单位" in stranger.get("/", 403)


@pytest.mark.parametrize("user", ["energy", "river"])
def test_another_departments_reporter_is_refused(served: Served, user: str) -> None:
    submission = served.latest("2026-05")
    with served.as_user(user) as other:
        for path in ("", "/original", "/return", "/findings.csv"):
            answer = other.client.get(f"/submissions/{submission.id}{path}")
            assert answer.status_code == 403, path
            assert "五月" not in answer.text
        for path in (f"/board/{SPORT}", f"/forms/{SPORT}", f"/upload?dataset={SPORT}", f"/reports/{SPORT}/2026-05/{BUREAU}"):  # fmt: skip
            assert other.client.get(path).status_code == 403, path
        assert other.client.get(f"/submissions?dataset={SPORT}").status_code == 403
        posted = other.client.post(
            "/upload", files={"file": ("a.csv", b"a")},
            data={"csrf": other.csrf(f"/upload?dataset={FUEL}") if user == "energy" else "", "dataset": str(SPORT)},
        )  # fmt: skip
        assert posted.status_code == 403
        for path in ("/", "/board", "/submissions", "/forms", "/upload"):
            page = other.get(path)
            assert "教育07表" not in page and "学生每天体育活动时间月报" not in page, path
            assert "五月" not in page, path


def test_a_file_that_names_nobody_is_shown_to_no_other_reporter(
    served: Served, tmp_path: Path
) -> None:
    dataset = next(
        c.id
        for c in served.deployment.catalogue.contracts.values()
        if c.reporter_kind == "township"
    )
    (file := tmp_path / "x.csv").write_text("这不是表格", encoding="utf-8")
    served.deliver(dataset, file, "某镇的名单.csv")
    served.round()
    (submission,) = served.deployment.ledger.submissions(dataset)
    assert submission.reporter_code is None

    with served.as_user("river") as other, served.as_user("county") as office:
        for path in ("/", "/submissions", "/board"):
            assert "某镇的名单" not in other.get(path), path
        assert other.client.get(f"/submissions/{submission.id}").status_code == 403
        assert "某镇的名单" in office.get("/submissions")
        assert "报送单位不明的文件" in office.get("/board")
        assert "某镇的名单" in office.get("/board")
        assert "某镇的名单" in office.get(f"/board?department={dataset.department}")
        assert "某镇的名单" not in office.get("/board?department=education")


def test_the_department_itself_and_the_office_see_it(served: Served) -> None:
    submission = served.latest("2026-05")
    for user in ("education", "education2", "county"):
        with served.as_user(user) as visitor:
            assert "达标天数大于在校天数" in visitor.get(f"/submissions/{submission.id}")
            assert visitor.download(f"/submissions/{submission.id}/return")[:2] == b"PK"
            assert "五月.xlsx" in visitor.get("/submissions")


def test_unknown_things_are_not_found(served: Served) -> None:
    with served.as_user("education") as visitor:
        for path in ("/submissions/none", "/board/no.such", "/board/%00", "/forms/x", "/static/app.py", "/drafts/" + "x" * 24, "/drafts/..%2f..%2fledger.db", "/nothing"):  # fmt: skip
            assert visitor.client.get(path).status_code == 404, path


@pytest.mark.parametrize("path", ["/upload", "/drafts/" + "x" * 24 + "/hand-in", f"/deliveries/{SPORT}"])  # fmt: skip
@pytest.mark.parametrize(
    ("user", "status"), [(None, b"401"), ("forged", b"403"), ("admin", b"403"), ("education", None)]
)
def test_what_a_stranger_sends_is_refused_before_it_has_come(
    served: Served, path: str, user: str | None, status: bytes | None
) -> None:
    """Only the beginning of a large file is sent; whoever is known is waited for."""
    token = "forged" if user == "forged" else user and served.token(user)
    kind = "application/json" if "deliveries" in path else "multipart/form-data; boundary=x"
    head = [
        f"POST /xiantong{path} HTTP/1.1", f"Host: 127.0.0.1:{served.port}",
        f"Content-Type: {kind}", f"Content-Length: {MEGABYTES * 1_000_000}",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]  # fmt: skip
    part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as sender:
        sender.sendall("\r\n".join([*head, "", part]).encode() + b"a" * 200_000)
        if status is None:
            sender.settimeout(2)
            with pytest.raises(TimeoutError):
                sender.recv(1000)
        else:
            assert sender.recv(1000).startswith(b"HTTP/1.1 " + status)


def test_routes_ask_who_is_sending_first(served: Served) -> None:
    script = """
from xiantong.web.app import create_app
from xiantong.web.security import KnownSenderRoute
routes = create_app().routes
assert sum(r.body_field is not None for r in routes) >= 3
assert all(isinstance(r, KnownSenderRoute) for r in routes), routes
"""
    environment = os.environ | EmbeddedAirflow(served.settings).environment(served.port)
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


def test_posts_with_the_cookie_need_the_token_of_our_own_page(served: Served) -> None:
    with served.as_user("education") as visitor, served.as_user("energy") as other:
        foreign = other.csrf(f"/upload?dataset={FUEL}")
        own = visitor.csrf()

        def post(token: str | None, **headers: str) -> httpx.Response:
            data = {"dataset": str(SPORT)} | ({"csrf": token} if token is not None else {})
            return visitor.client.post(
                "/upload", data=data, files={"file": ("a.csv", b"")}, headers=headers
            )

        assert post(None).status_code == 403
        assert post("").status_code == 403
        assert post(own[:-2] + "xx").status_code == 403
        assert post(foreign).status_code == 403
        assert post(own, Origin="http://evil.example").status_code == 403
        assert post(own, Origin=served.base).status_code == 422  # an empty file: it got through
        assert post(own).status_code == 422


def test_programs_that_send_the_token_themselves_need_no_page(served: Served) -> None:
    with served.as_user(None) as program:
        answer = program.client.post(
            "/upload", data={"dataset": str(SPORT)}, files={"file": ("a.csv", b"")},
            headers={"Authorization": f"Bearer {served.token('education')}"},
        )  # fmt: skip
        assert answer.status_code == 422 and "空文件" in answer.text


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(served: Served) -> None:
    with served.as_user("county") as visitor:
        answer = visitor.client.get("/board")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "http://" not in answer.text and "https://" not in answer.text
        assert "<style" not in answer.text and "onclick" not in answer.text


def test_reporters_have_no_rights_in_airflow_itself(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.token('education')}"}
    for path in ("/api/v2/dags", "/api/v2/connections", "/api/v2/assets", "/api/v2/plugins"):
        answer = httpx.get(served.base + path, headers=headers, trust_env=False)
        assert answer.status_code == 403, path


def test_airflow_shows_the_pages_in_its_menu(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.token('admin')}"}
    answer = httpx.get(f"{served.base}/api/v2/plugins", headers=headers, trust_env=False)
    (plugin,) = [p for p in answer.json()["plugins"] if p["name"] == "xiantong"]
    (view,) = plugin["external_views"]
    assert view["href"] == "/xiantong/" and view["destination"] == "nav"
