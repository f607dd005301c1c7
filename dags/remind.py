"""Airflow: tell the reporters what is due, overdue or came back."""

from xiantong.dags.factory import remind_dag

remind_dag()
