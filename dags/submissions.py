"""Airflow: one DAG per contract that checks and settles its deliveries."""

from xiantong.dags.factory import submission_dags

submission_dags()
