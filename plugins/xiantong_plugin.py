"""What Airflow loads by itself; the work is done in the package."""

from functools import cached_property
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from xiantong.dags import preload
from xiantong.dags.timetable import DueTimetable


class XiantongPlugin(AirflowPlugin):
    name = "xiantong"
    listeners = (preload,)
    timetables = (DueTimetable,)
    # Without url_route the link opens the page itself; Airflow's frame would keep downloads back.
    external_views: ClassVar[list[dict[str, Any]]] = [
        {
            "name": "县统 报送",
            "href": "/xiantong/",
            "destination": "nav",
            "icon": "/xiantong/static/mark.svg",
            "nav_top_level": True,
        }
    ]

    @cached_property
    def fastapi_root_middlewares(self) -> list[dict[str, Any]]:
        from xiantong.web.first_page import FirstPage

        return [{"middleware": FirstPage, "name": "xiantong first page"}]

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The reporters' pages. Every Airflow process loads plugins; only the API server asks."""
        from xiantong.dags.waking import wake_intake
        from xiantong.web.app import create_app
        from xiantong.web.first_page import PREFIX

        return [{"app": create_app(wake=wake_intake), "url_prefix": PREFIX, "name": "xiantong"}]
