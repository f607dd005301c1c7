"""The stack that people assemble by hand, as its parts' documentation suggests it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import numpy as np
import pandas as pd
import sqlalchemy as sa

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Kind
from xiantong.periods import Period
from xiantong.settings import Settings

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _id_valid(number: str) -> bool:
    if len(number) != 18 or not number[:17].isdigit():
        return False
    return (
        "10X98765432"[sum(int(d) * w for d, w in zip(number, _WEIGHTS, strict=False)) % 11]
        == number[17]
    )


def _hashed(value: str) -> str:
    return hmac.new(b"key", value.encode(), hashlib.sha256).hexdigest()


def load_claims(csv: Path, target: Path, period: Period, submitted: datetime) -> dict[str, Any]:
    """Read a GB18030 export, check the contract's rules with Great Expectations on pandas, hash what
    is sensitive, append it with to_sql."""
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
    frame["id_valid"] = frame["patient_id_no"].map(_id_valid)
    inpatient = frame["visit_kind"].isin(["住院", "INPATIENT"])
    frame["stay_wrong"] = inpatient & ~(frame["discharge_date"] >= frame["admit_date"])
    stays = frame[inpatient].sort_values(["patient_id_no", "admit_date"])
    earlier = stays.groupby("patient_id_no")["discharge_date"].transform(
        lambda x: x.cummax().shift()
    )
    overlap = np.minimum(earlier, stays["discharge_date"]) - stays["admit_date"]
    frame["stay_overlaps"] = (overlap > pd.Timedelta(days=1)).reindex(frame.index, fill_value=False)
    fees = frame.groupby(["institution_code", "visit_kind"])["total_fee_yuan"]
    frame["fee_high"] = frame["total_fee_yuan"] - fees.transform("mean") > 6 * fees.transform("std")
    expectations: list[Any] = [
        gxe.ExpectColumnValuesToBeUnique(column="settlement_no"),
        gxe.ExpectColumnValuesToBeInSet(column="settle_month", value_set=[str(period)]),
        gxe.ExpectColumnValuesToBeBetween(column="fee_gap", min_value=-0.05, max_value=0.05),
        gxe.ExpectColumnValuesToBeBetween(column="pay_gap", min_value=-0.05, max_value=0.05),
        gxe.ExpectColumnValuesToBeInSet(column="id_valid", value_set=[True]),
        gxe.ExpectColumnValuesToBeInSet(column="stay_wrong", value_set=[False]),
        gxe.ExpectColumnValuesToBeInSet(column="stay_overlaps", value_set=[False]),
        gxe.ExpectColumnValuesToBeInSet(column="fee_high", value_set=[False]),
    ]
    codes = Catalogue(Settings().expectations).codes
    for column in contract.table_columns:
        if column.required:
            expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
        if column.is_numeric:
            expectations.append(gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=0))
        if column.kind is Kind.DATE:
            expectations.append(
                gxe.ExpectColumnValuesToBeBetween(column=column.name, max_value=submitted)
            )
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
    frame["line"] = frame.index + 2
    result = batch.validate(
        suite,
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["line"]},
    )
    for name in ("patient_id_no", "diagnosis_code"):
        frame[name] = frame[name].map(_hashed, na_action="ignore")
    engine = sa.create_engine(f"duckdb:///{target}")
    frame[[column.name for column in contract.table_columns]].to_sql(
        "claim", engine, if_exists="append", index=False, chunksize=100_000
    )
    return {"rows": len(frame), "rules": len(expectations), "success": bool(result.success)}
