"""The DAGs, derived from the contracts: ``intake``, one ``submit__…`` per dataset, ``marts``,
``remind``. While a task runs, only its own DAG is made.

Tasks only pass names of files to the functions of ``xiantong.steps``; everything that matters is
in the ledger and the store, so that a task may be repeated, cleared or killed at any time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAlias,
    AssetAny,
    DeltaTriggerTimetable,
    get_current_context,
    get_parsing_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.dags.timetable import DueTimetable
from xiantong.deployment import Deployment
from xiantong.names import INTAKE, MARTS, REMIND, DatasetId
from xiantong.reminders.rules import QuietRules
from xiantong.reminders.transport import SmtpServer
from xiantong.settings import Settings

START = datetime(2020, 1, 1, tzinfo=UTC)
WRITER_POOL = "warehouse_writer"
ARRIVALS = "arrivals"
SMTP_CONNECTION = "xiantong_smtp"
DEFAULTS = {
    "owner": "data-team",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2,
}
WAIT_SECONDS = 2 * 60 * 60


def asset(kind: str, dataset: DatasetId) -> Asset:
    """The asset of one kind of a dataset: ``inbox``, ``raw`` or ``reported``."""
    name = dataset.asset_name(kind)
    return Asset(name=name, uri=f"xiantong://{name}", group=kind)


def intake_dag() -> DAG | None:
    """Look at the sources and wake the datasets that have deliveries to decide."""
    if not _is_wanted(INTAKE):
        return None
    settings = Settings()
    with DAG(
        INTAKE,
        schedule=DeltaTriggerTimetable(timedelta(seconds=settings.intake_seconds)),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["xiantong"],
        doc_md="**收件 Intake.** Takes new files from the inbox into the store and the ledger, then "
        "emits one asset event for each dataset with deliveries that nobody has decided yet.",
    ) as dag:

        @task(outlets=[AssetAlias(ARRIVALS)])
        def collect(*, outlet_events: Any) -> dict[str, int]:
            from xiantong import steps

            deployment = Deployment(settings)
            fresh = steps.collect(deployment, _secret).new_by_dataset
            announced = {}
            for dataset in steps.waiting(deployment):
                # What a failed run left over is announced again, but not while one is at work.
                if dataset in fresh or not _is_active(dataset.dag_id):
                    announced[str(dataset)] = fresh.get(dataset, 0)
                    outlet_events[AssetAlias(ARRIVALS)].add(
                        asset("inbox", dataset), extra={"new": fresh.get(dataset, 0)}
                    )
            return announced

        collect()
    return dag


def submission_dags() -> list[DAG]:
    """One DAG per contract."""
    settings = Settings()
    catalogue = Catalogue(settings.expectations)
    return [
        _submission_dag(settings, contract)
        for contract in catalogue.contracts.values()
        if _is_wanted(contract.id.dag_id)
    ]


def marts_dag() -> DAG | None:
    """Build and publish when any dataset has something new."""
    if not _is_wanted(MARTS):
        return None
    settings = Settings()
    datasets = Catalogue(settings.expectations).contracts
    with DAG(
        MARTS,
        schedule=AssetAny(*(asset("raw", dataset) for dataset in datasets)) if datasets else None,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["xiantong"],
        doc_md="**主题库 Marts.** Builds the models that new data touches in one dbt run, then "
        "replaces the published snapshot.",
    ) as dag:

        @task(pool=WRITER_POOL)
        def build() -> str:
            from xiantong.marts import MartsWork

            return str(MartsWork(Deployment(settings)).build())

        @task(pool=WRITER_POOL)
        def publish() -> str:
            from xiantong.timing import part
            from xiantong.transform import publish

            with part("publish"):
                return str(publish(settings))

        build() >> publish()
    return dag


def remind_dag() -> DAG | None:
    """Send reminders on the mornings on which something falls due or becomes overdue."""
    if not _is_wanted(REMIND):
        return None
    settings = Settings()
    rules = QuietRules(before=settings.remind_before, every=settings.remind_every)
    with DAG(
        REMIND,
        schedule=DueTimetable.of(Catalogue(settings.expectations), rules),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["xiantong"],
        doc_md="**催报 Remind.** One message per reporter about what is due, overdue or came back. "
        f"By mail through the connection `{SMTP_CONNECTION}` (or `XIANTONG_SMTP`) and webhook.",
    ) as dag:

        @task
        def remind() -> dict[str, Any]:
            from xiantong.county_time import county_today
            from xiantong.reminders import send_reminders

            server = _smtp_server()
            if server is None and not settings.smtp and not settings.remind_webhook:
                raise AirflowSkipException(
                    f"nothing to send with: neither the connection {SMTP_CONNECTION}, nor "
                    "XIANTONG_SMTP, nor XIANTONG_REMIND_WEBHOOK is set"
                )
            summary = send_reminders(Deployment(settings), county_today(), server)
            if summary.failed and not summary.sent:
                # A retry sends only what was not sent.
                raise RuntimeError(f"{summary}; {sorted(set(summary.failed.values()))}")
            return summary.as_json()

        remind()
    return dag


def _smtp_server() -> SmtpServer | None:
    """The mail server of the Airflow connection, if there is one. ``from_email``, ``disable_ssl``
    and ``disable_tls`` are the extras of Airflow's SMTP provider."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found: Any = Connection.get(SMTP_CONNECTION)
    except AirflowNotFoundException:
        return None
    extra: dict[str, Any] = found.extra_dejson
    tls = "ssl"
    if extra.get("disable_ssl"):
        tls = "none" if extra.get("disable_tls") else "starttls"
    port = found.port or {"ssl": 465, "starttls": 587, "none": 25}[tls]
    sender = extra.get("from_email") or found.login
    return SmtpServer(found.host, port, sender, found.login, found.password, tls)


def _submission_dag(settings: Settings, contract: Contract) -> DAG:
    dataset = contract.id
    with DAG(
        dataset.dag_id,
        dag_display_name=f"{contract.title_zh} {dataset}",
        schedule=asset("inbox", dataset),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["xiantong", dataset.department, f"tier-{contract.tier}"],
        doc_md=_doc(contract),
    ) as dag:

        @task.sensor(poke_interval=20, timeout=WAIT_SECONDS, mode="reschedule")
        def wait_for_references() -> bool:
            from xiantong import steps

            return not steps.awaited(Deployment(settings), contract)

        @task
        def plan_batches() -> list[str]:
            from xiantong import steps

            plans = steps.plan_batches(Deployment(settings), contract, _folder(settings))
            return [str(plan) for plan in plans]

        @task(map_index_template="{{ batch_label }}")
        def parse_and_check(plan: str) -> None:
            from xiantong import steps

            context: Any = get_current_context()
            context["batch_label"] = steps.read_plan(Path(plan)).label
            steps.parse_and_check(Deployment(settings), contract, Path(plan))

        # Also without a new delivery: what an interrupted round settled is completed here.
        @task(
            pool=WRITER_POOL,
            trigger_rule="none_failed",
            outlets=[asset("raw", dataset), asset("reported", dataset)],
        )
        def settle(*, outlet_events: Any) -> dict[str, int]:
            from xiantong import steps

            settled = steps.settle_round(Deployment(settings), contract, _folder(settings))
            if not settled.accepted:
                raise AirflowSkipException(f"{dataset}: nothing accepted")
            outlet_events[asset("raw", dataset)].extra = settled.counts
            outlet_events[asset("reported", dataset)].add_partitions(settled.periods)
            return settled.counts

        @task(trigger_rule="none_failed", outlets=[AssetAlias(ARRIVALS)])
        def close_round(*, outlet_events: Any) -> None:
            from xiantong import steps

            deployment = Deployment(settings)
            try:
                left = steps.close_round(deployment, contract, _folder(settings))
            except steps.BrokenDeliveriesError as error:
                raise AirflowFailException(str(error)) from error
            if left:
                outlet_events[AssetAlias(ARRIVALS)].add(
                    asset("inbox", dataset), extra={"deliveries": left}
                )

        plans = plan_batches()
        wait_for_references() >> plans
        parse_and_check.expand(plan=plans) >> settle() >> close_round()
    return dag


def _is_wanted(dag_id: str) -> bool:
    """False while a file is parsed for the sake of another DAG."""
    return get_parsing_context().dag_id in (None, dag_id)


def _folder(settings: Settings) -> Path:
    """Folder of the current round; a retry or a cleared task finds the same one."""
    run = get_current_context()["dag_run"]
    name = "".join(c if c.isalnum() else "-" for c in run.run_id)
    dag_id: str = run.dag_id
    return settings.work / dag_id / name


def _secret(name: str) -> str | None:
    """The secret of a source: from the environment, else the password of an Airflow connection."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    from xiantong.sources.fetching.secrets import from_environment

    if (value := from_environment(name)) is not None:
        return value
    try:
        password: str | None = Connection.get(name).password
    except (AirflowRuntimeError, AirflowNotFoundException):
        return None
    return password


def _is_active(dag_id: str) -> bool:
    ti: Any = get_current_context()["ti"]
    return bool(ti.get_dr_count(dag_id=dag_id, states=["queued", "running"]))


def _doc(contract: Contract) -> str:
    key = "、".join(column.header_zh for column in contract.key) or "—"
    return f"""### {contract.title_zh} · {contract.title_en}

| | |
|---|---|
| 数据集 Dataset | `{contract.id}` (contract {contract.version}, 第 {contract.tier} 级) |
| 表号 Form | {contract.form_no} |
| 报送单位 Reporter | {contract.reporter} |
| 频率与时限 Due | {contract.frequency}, {contract.due_text} |
| 粒度 Grain | {contract.grain} |
| 主键 Key | {key} |
| 方式 Load | {contract.load_mode}, acceptance `{contract.acceptance.mode}` |

新报送件按批解析、检查，合格的入库，不合格的连同标注退回报送单位。
New deliveries are parsed and checked in batches; good ones are accepted, the others go back to the
reporter with every finding marked.
"""
