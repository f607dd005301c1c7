"""The warehouse: raw tables that can be made again at any time from lake and ledger."""

from xiantong.warehouse.base import Warehouse, WarehouseBusyError, WarehouseError
from xiantong.warehouse.opening import open_warehouse
from xiantong.warehouse.rebuild import RebuildSummary, rebuild, warehouse_contents
from xiantong.warehouse.tables import sql_type

__all__ = [
    "RebuildSummary",
    "Warehouse",
    "WarehouseBusyError",
    "WarehouseError",
    "open_warehouse",
    "rebuild",
    "sql_type",
    "warehouse_contents",
]
