"""Airflow: build the marts that new data touches and publish them."""

from xiantong.dags.factory import marts_dag

marts_dag()
