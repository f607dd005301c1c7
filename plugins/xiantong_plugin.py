"""What Airflow loads by itself; the work is done in the package."""

from airflow.plugins_manager import AirflowPlugin

from xiantong.dags import preload
from xiantong.dags.timetable import DueTimetable


class XiantongPlugin(AirflowPlugin):
    name = "xiantong"
    listeners = (preload,)
    timetables = (DueTimetable,)
