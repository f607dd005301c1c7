"""The same settling with ledger and warehouse in PostgreSQL and the store elsewhere."""

import uuid
from datetime import datetime
from pathlib import Path

import pytest

from tests.county import ROSTER, TRAINING, County, error
from xiantong.contracts.catalogue import Catalogue
from xiantong.warehouse import rebuild

pytestmark = pytest.mark.integration
AT = datetime(2023, 11, 3, 9)


def test_everything_may_lie_in_postgres_and_a_remote_store(
    tmp_path: Path, catalogue: Catalogue, postgres_url: str
) -> None:
    store = f"memory://{uuid.uuid4().hex}/store"
    county = County(tmp_path / "home", catalogue, postgres_url, postgres_url, store)
    for _ in range(2):
        first = county.submit(TRAINING, "a.csv", AT, "2023-Q3", [{"record_no": "1"}])
        again = county.submit(
            TRAINING, "b.csv", AT, "2023-Q4", [{"record_no": "1"}, {"record_no": "2"}]
        )
        county.settle(TRAINING, first, again)
    county.settle(ROSTER, county.submit(ROSTER, "c.xlsx", AT, "2023", [{}], [error()]))
    assert [row[0] for row in county.raw(TRAINING, "record_no")] == ["1", "2"]
    assert county.ledger.waiting() == []
    (returned,) = county.ledger.submissions(first.dataset.parse(ROSTER))
    assert returned.return_key
    assert (county.settings.returns / returned.return_key).is_file()
    elsewhere = County(tmp_path / "other machine", catalogue, postgres_url, postgres_url, store)
    summary = rebuild(elsewhere.settings, catalogue, elsewhere.ledger, elsewhere.store)
    assert summary.rows == {TRAINING: 2}
    assert [row[0] for row in elsewhere.raw(TRAINING, "record_no")] == ["1", "2"]
