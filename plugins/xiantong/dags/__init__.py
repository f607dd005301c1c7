"""Everything that knows Airflow: the DAG factory and the runner of one process."""
