"""Airflow: look at the sources and announce which datasets have something new."""

from xiantong.dags.factory import intake_dag

intake_dag()
