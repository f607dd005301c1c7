"""Airflow's execution API for tasks that run in this process, in its current version only.

Whatever a task asks Airflow goes through this API. The server that Airflow itself offers for tasks in
the same process first derives the routes of all older versions, for clients of older releases; that
takes longer than everything else in a round with nothing new. Here client and server are one installation.
"""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.common.dagbag import create_dag_bag
from airflow.api_fastapi.common.exceptions import init_error_handlers
from airflow.api_fastapi.execution_api.app import InProcessExecutionAPI, lifespan
from airflow.api_fastapi.execution_api.datamodels.token import TIClaims, TIToken
from airflow.api_fastapi.execution_api.routes import execution_api_router
from airflow.api_fastapi.execution_api.routes.connections import has_connection_access
from airflow.api_fastapi.execution_api.routes.variables import has_variable_access
from airflow.api_fastapi.execution_api.routes.xcoms import has_xcom_access
from airflow.api_fastapi.execution_api.security import _jwt_bearer
from airflow.sdk.api.client import Client
from fastapi import FastAPI, Request

BASE_URL = "http://in-process.invalid./"


class InProcessClient(Client):
    """Talks to the API in this process; asks once, because what fails here fails again."""

    def __init__(self) -> None:
        transport = InProcessExecutionAPI(_app()).transport
        super().__init__(base_url=None, token="", dry_run=True, transport=transport)
        self.base_url = BASE_URL

    def request(self, *args: Any, **kwargs: Any) -> Any:
        return Client.request.__wrapped__(self, *args, **kwargs)


def _app() -> FastAPI:
    """The routes as they are, open to every task: nobody else can reach them."""
    app = FastAPI(lifespan=lifespan)
    app.include_router(execution_api_router)
    init_error_handlers(app)
    app.state.dag_bag = create_dag_bag()
    for check in (_jwt_bearer, has_connection_access, has_variable_access, has_xcom_access):
        app.dependency_overrides[check] = _allow
    return app


async def _allow(request: Request) -> TIToken:
    asking = request.path_params.get("task_instance_id", "00000000-0000-0000-0000-000000000000")
    return TIToken(id=asking, claims=TIClaims(scope="execution"))
