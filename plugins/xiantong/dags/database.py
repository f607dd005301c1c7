"""The metadata database of the embedded Airflow. ``python -m xiantong.dags.database`` prepares it."""

from __future__ import annotations

from pathlib import Path

from xiantong.dags.factory import WRITER_POOL


def prepare() -> None:
    """Make or update the database and the pool of the one writer; a current one is left alone."""
    import airflow
    from airflow.configuration import AIRFLOW_HOME, conf
    from airflow.models.pool import Pool
    from airflow.utils import db

    database = Path(conf.get("database", "sql_alchemy_conn").removeprefix("sqlite:///"))
    marker = Path(AIRFLOW_HOME) / f"migrated-{airflow.__version__}"
    if marker.exists() and database.exists():
        return
    db.upgradedb()
    Pool.create_or_update_pool(
        WRITER_POOL, slots=1, description="One writer of the warehouse", include_deferred=False
    )
    marker.touch()


if __name__ == "__main__":
    prepare()
