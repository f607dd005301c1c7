"""Starts the intake now, for whoever does not want to wait for its next turn."""

from __future__ import annotations

from xiantong.names import INTAKE


def wake_intake(user: str) -> None:
    """Queue a run of ``intake`` unless one is queued already; runs in the API server.

    Raises what Airflow raises where the DAG is not there yet.
    """
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.models.dagrun import DagRun
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType

    if DagRun.find(dag_id=INTAKE, state=DagRunState.QUEUED):
        return
    trigger_dag(
        dag_id=INTAKE, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=user,
        note="报送页面有新的文件",
    )  # fmt: skip
