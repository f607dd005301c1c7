"""What Airflow loads by itself; the work is done in the package."""

from airflow.plugins_manager import AirflowPlugin

from xiantong.dags import preload


class XiantongPlugin(AirflowPlugin):
    name = "xiantong"
    listeners = (preload,)
