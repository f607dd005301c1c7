"""The contracts that ship with the project, and what the reader refuses."""

from pathlib import Path

import pytest
import yaml
from datacontract.data_contract import DataContract

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.derived import derived_rules
from xiantong.contracts.model import Severity, TownshipKind
from xiantong.contracts.odcs import ContractError, SharedFields, read_contract
from xiantong.names import DatasetId
from xiantong.settings import Settings

EXPECTATIONS = Settings().expectations
CONTRACTS = sorted(EXPECTATIONS.glob("*/*.odcs.yaml"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(EXPECTATIONS)


def test_every_contract_file_is_read(catalogue: Catalogue) -> None:
    assert len(catalogue.contracts) == len(CONTRACTS) >= 24


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_the_standard_accepts_the_contract(path: Path) -> None:
    run = DataContract(data_contract_file=str(path)).lint()
    assert run.checks
    assert {check.result.value for check in run.checks} == {"passed"}


def test_rule_ids_are_unique_and_belong_to_their_dataset(catalogue: Catalogue) -> None:
    seen: set[str] = set()
    for contract in catalogue.contracts.values():
        for rule in catalogue.rules(contract):
            assert rule.id.startswith(f"{contract.id}.")
            assert rule.id not in seen
            seen.add(rule.id)
    assert len(seen) > 500


def test_every_code_list_and_reference_exists(catalogue: Catalogue) -> None:
    for contract in catalogue.contracts.values():
        for column in contract.columns:
            assert column.code_list is None or column.code_list in catalogue.codes
            target = column.ref_dataset
            if target in catalogue.contracts:
                assert column.ref_column in catalogue.contract(target).by_name


def test_headers_and_aliases_name_one_column_only(catalogue: Catalogue) -> None:
    for contract in catalogue.contracts.values():
        names = [h for c in contract.columns for h in {c.header_zh, *c.aliases}]
        assert len(names) == len(set(names)), contract.id


def test_referenced_datasets_are_settled_first(catalogue: Catalogue) -> None:
    order = {str(dataset): n for n, dataset in enumerate(catalogue.settling_order)}
    assert order["medical_insurance.designated_institution"] < order["medical_insurance.claim"]
    assert order["medical_insurance.claim"] < order["medical_insurance.claim_review"]
    assert order["energy.meter_reading"] < order["energy.fuel_consumption"]
    assert order["market_regulation.market_entity"] < order["energy.energy_user"]


@pytest.mark.parametrize(
    ("area_code", "kind"),
    [
        ("980121000000", None),
        ("980121001000", TownshipKind.SUBDISTRICT),
        ("980121099201", TownshipKind.SUBDISTRICT),
        ("980121100000", TownshipKind.TOWN),
        ("980121200000", TownshipKind.RURAL),
        ("980121399000", TownshipKind.RURAL),
        ("980121400000", TownshipKind.OTHER),
    ],
)
def test_kind_of_a_township_stands_in_its_code(area_code: str, kind: TownshipKind | None) -> None:
    assert TownshipKind.of(area_code) == kind


def test_a_contract_says_who_owes_it(catalogue: Catalogue) -> None:
    rural = catalogue.contract("agri_rural.village_project")
    cases = catalogue.contract("law_enforcement.penalty_case")
    street, town, bureau = (
        catalogue.reporter_by_code[code]
        for code in ("980121001000", "980121100000", "980121000000agri_rural")
    )
    assert not rural.is_owed_by(street) and rural.excludes(street)
    assert rural.is_owed_by(town) and not rural.excludes(town)
    assert not rural.is_owed_by(bureau) and not rural.excludes(bureau)
    assert cases.is_owed_by(street) and cases.is_owed_by(town)


def test_circle_of_references_is_broken_where_no_figure_is_compared(catalogue: Catalogue) -> None:
    roster = catalogue.contract("education.teacher_roster")
    form = catalogue.contract("education.school_semester")
    assert catalogue.early_references(roster) == {form.id}
    assert catalogue.early_references(form) == set()


def test_derived_rules_follow_the_columns(catalogue: Catalogue) -> None:
    claim = catalogue.contract("medical_insurance.claim")
    rules = {
        rule.id.removeprefix(f"{claim.id}."): rule for rule in derived_rules(claim, catalogue.codes)
    }
    assert rules["auto_required_settlement_no"].message_zh == "「结算流水号」不能为空"
    assert rules["auto_future_settle_date"].severity is Severity.WARNING
    assert rules["auto_nonneg_total_fee_yuan"].kwargs["min_value"] == 0
    assert rules["auto_ref_institution_code"].needs == (
        DatasetId("medical_insurance", "designated_institution"),
    )
    assert "auto_required_period" not in rules  # stands in the title rows


def test_signed_columns_may_be_negative(catalogue: Catalogue) -> None:
    accounts = catalogue.contract("statistics.regional_accounts")
    rules = {rule.id for rule in catalogue.rules(accounts)}
    assert f"{accounts.id}.auto_nonneg_gdp_growth_pct" not in rules
    assert f"{accounts.id}.auto_nonneg_gdp_ytd_wan" in rules


def test_reporters_that_report_later_are_referenced_softly(catalogue: Catalogue) -> None:
    reading = catalogue.contract("energy.meter_reading")
    rule = next(r for r in catalogue.rules(reading) if r.id.endswith("auto_ref_uscc"))
    assert rule.severity is Severity.WARNING


def _broken(tmp_path: Path, change: dict[str, object]) -> Path:
    document = yaml.safe_load((EXPECTATIONS / "energy/inspection.odcs.yaml").read_text("utf-8"))
    path = tmp_path / "energy" / "inspection.odcs.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(document | change, allow_unicode=True), "utf-8")
    return path


def test_unknown_key_is_refused_by_name(tmp_path: Path, catalogue: Catalogue) -> None:
    path = _broken(tmp_path, {"qualitty": []})
    with pytest.raises(ContractError, match="qualitty"):
        read_contract(path, {})


def test_text_that_did_not_change_is_the_same_contract_and_a_changed_one_counts_at_once(
    tmp_path: Path,
) -> None:
    path = _broken(tmp_path, {})
    fields = tmp_path / "_fields.yml"
    fields.write_bytes((EXPECTATIONS / "_fields.yml").read_bytes())
    codes = tmp_path / "codes"
    codes.mkdir()
    (codes / "colour.yaml").write_text("title_zh: 颜色\ncodes: [{code: R, zh: 红}]", "utf-8")
    first, again = Catalogue(tmp_path), Catalogue(tmp_path)
    (contract,) = first.contracts.values()
    assert again.contract(contract.id) is contract
    assert again.codes["colour"] is first.codes["colour"]

    path.write_text(path.read_text("utf-8").replace(contract.title_zh, "改过的表"), "utf-8")
    (codes / "colour.yaml").write_text("title_zh: 颜色\ncodes: [{code: G, zh: 绿}]", "utf-8")
    changed = Catalogue(tmp_path)
    assert changed.contract(contract.id).title_zh == "改过的表"
    assert [code.zh for code in changed.codes["colour"].codes] == ["绿"]
    # A shared field is part of every contract that names it.
    header = changed.contract(contract.id).by_name["period"].header_zh
    fields.write_text(fields.read_text("utf-8").replace(header, "报告期间"), "utf-8")
    assert Catalogue(tmp_path).contract(contract.id).by_name["period"].header_zh == "报告期间"


def test_unknown_shared_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no shared field 'period'"):
        read_contract(_broken(tmp_path, {}), {})


def test_contract_in_the_wrong_folder_is_refused(tmp_path: Path) -> None:
    source = EXPECTATIONS / "energy/inspection.odcs.yaml"
    path = tmp_path / "education" / "inspection.odcs.yaml"
    path.parent.mkdir()
    path.write_text(source.read_text("utf-8"), "utf-8")
    fields = Catalogue(EXPECTATIONS)
    with pytest.raises(ContractError, match="belongs into energy"):
        read_contract(path, _shared_fields(fields))


def _shared_fields(catalogue: Catalogue) -> dict[str, object]:
    from xiantong.contracts.odcs import SharedFields

    data = yaml.safe_load((catalogue.folder / "_fields.yml").read_text("utf-8"))
    return SharedFields.model_validate(data).fields  # type: ignore[return-value]


def test_unknown_dataset_is_answered_with_its_neighbours(catalogue: Catalogue) -> None:
    with pytest.raises(KeyError, match=r"energy\.meter_reading"):
        catalogue.contract("energy.metre_reading")


def test_village_codes_follow_the_rules_of_the_statistics_bureau(catalogue: Catalogue) -> None:
    in_force = [a for a in catalogue.areas if a.valid_to is None]
    villages = [a for a in in_force if a.area_level == "village"]
    assert len(villages) == 160
    townships = {a.area_code for a in in_force if a.area_level == "township"}
    for village in villages:
        assert village.parent_code in townships
        assert 1 <= int(village.area_code[9:]) <= 399


def test_only_a_sensitive_code_may_be_stored_clear(tmp_path: Path, catalogue: Catalogue) -> None:
    source = EXPECTATIONS / "civil_affairs/child_protection.odcs.yaml"
    document = yaml.safe_load(source.read_text("utf-8"))
    name = next(p for p in document["schema"][0]["properties"] if p["name"] == "child_name")
    name["customProperties"] = [{"property": "storedClear", "value": True}]
    path = tmp_path / "civil_affairs" / source.name
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    shared = SharedFields.model_validate(yaml.safe_load((EXPECTATIONS / "_fields.yml").read_text("utf-8")))  # fmt: skip
    with pytest.raises(ContractError, match="child_name: only a sensitive code"):
        read_contract(path, shared.fields)
    clear = {str(c.id): [x.name for x in c.columns if x.is_clear] for c in catalogue.contracts.values()}  # fmt: skip
    assert {i: names for i, names in clear.items() if names} == {
        "civil_affairs.child_protection": ["child_kind", "risk_level"],
        "veterans.petition_case": ["petition_kind"],
    }


def test_codes_that_are_the_same_in_every_county_are_said_once(catalogue: Catalogue) -> None:
    """By the register that defines them; every reference to it follows."""
    assert catalogue.national_codes == {
        "education.school_semester.school_code",
        "market_regulation.market_entity.uscc",
        "medical_insurance.designated_institution.institution_code",
    }
    rules = {rule.id: rule for c in catalogue.contracts.values() for rule in catalogue.rules(c)}
    national = {i for i, rule in rules.items() if "_everywhere " in str(rule.kwargs.get("query"))}
    referring = {
        f"{c.id}.auto_ref_{column.name}"
        for c in catalogue.contracts.values()
        for column in c.columns
        if column.ref in catalogue.national_codes
    }
    assert national == referring
    assert len(referring) > 30
    local = rules["industrial_park.parcel_occupancy.auto_ref_parcel_code"].kwargs["query"]
    assert "(select parcel_code from natural_resources.industrial_parcel where" in local


def test_how_far_a_code_reaches_is_said_by_a_key_column_only(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    source = EXPECTATIONS / "natural_resources/industrial_parcel.odcs.yaml"
    document = yaml.safe_load(source.read_text("utf-8"))
    holder = next(p for p in document["schema"][0]["properties"] if p["name"] == "holder_uscc")
    holder["customProperties"].append({"property": "reach", "value": "national"})
    path = tmp_path / "natural_resources" / source.name
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    shared = SharedFields.model_validate(yaml.safe_load((EXPECTATIONS / "_fields.yml").read_text("utf-8")))  # fmt: skip
    with pytest.raises(ContractError, match="holder_uscc: how far a code reaches"):
        read_contract(path, shared.fields)
