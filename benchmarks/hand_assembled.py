"""The stack that people assemble by hand, as its parts' documentation suggests it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
import sqlalchemy as sa

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Kind
from xiantong.periods import Period
from xiantong.settings import Settings


def load_claims(csv: Path, target: Path, period: Period) -> dict[str, Any]:
    """Read a GB18030 export, check it with stock expectations on pandas, append it with to_sql."""
    contract = Catalogue(Settings().expectations).contract("medical_insurance.claim")
    frame = pd.read_csv(csv, encoding="gb18030", dtype=str)
    frame = frame.rename(columns={c.header_zh: c.name for c in contract.columns})
    for column in contract.table_columns:
        frame[column.name] = frame[column.name].str.strip("\t' ")
        if column.is_numeric:
            frame[column.name] = pd.to_numeric(frame[column.name], errors="coerce")
        elif column.kind is Kind.DATE:
            frame[column.name] = pd.to_datetime(frame[column.name], errors="coerce")
    frame["fee_gap"] = frame["total_fee_yuan"] - frame[
        ["drug_fee_yuan", "material_fee_yuan", "exam_fee_yuan", "other_fee_yuan"]
    ].sum(axis=1)
    frame["pay_gap"] = frame["total_fee_yuan"] - frame["fund_pay_yuan"] - frame["self_pay_yuan"]
    frame["settle_month"] = frame["settle_date"].dt.strftime("%Y-%m")
    expectations: list[Any] = [
        gxe.ExpectColumnValuesToBeUnique(column="settlement_no"),
        gxe.ExpectColumnValuesToBeInSet(column="settle_month", value_set=[str(period)]),
        gxe.ExpectColumnValuesToBeBetween(column="fee_gap", min_value=-0.05, max_value=0.05),
        gxe.ExpectColumnValuesToBeBetween(column="pay_gap", min_value=-0.05, max_value=0.05),
    ]
    codes = Catalogue(Settings().expectations).codes
    for column in contract.table_columns:
        if column.required:
            expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
        if column.is_numeric:
            expectations.append(gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=0))
        if column.length:
            expectations.append(
                gxe.ExpectColumnValueLengthsToBeBetween(column=column.name, max_value=column.length)
            )
        if column.code_list:
            labels = [text for c in codes[column.code_list].codes for text in (c.code, c.zh)]
            expectations.append(
                gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=labels)
            )
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("claims")
        .add_dataframe_asset("month")
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": frame})
    )
    suite = gx.ExpectationSuite(name="claims", expectations=expectations)
    result = batch.validate(suite, result_format="COMPLETE")
    engine = sa.create_engine(f"duckdb:///{target}")
    frame.drop(columns=["fee_gap", "pay_gap", "settle_month"]).to_sql(
        "claim", engine, if_exists="append", index=False, chunksize=100_000
    )
    return {"rows": len(frame), "rules": len(expectations), "success": bool(result.success)}
