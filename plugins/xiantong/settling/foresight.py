"""What settling is going to accept, asked while its round is still being checked.

The check of a period compares with the period before. Where both come in one round, it has to know
what will become of the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xiantong.closing.closed import ClosedPeriods
from xiantong.contracts.model import Contract
from xiantong.findings import CheckedSubmission
from xiantong.ledger.closings import ClosingLog
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Delivery
from xiantong.verdict import is_acceptable


def foresee(
    ledger: Ledger, contract: Contract, deliveries: Mapping[str, Delivery]
) -> Callable[[CheckedSubmission], bool]:
    """Whether settling is going to accept one of these deliveries (by id). A closed period takes none;
    what repeats an accepted revision counts as accepted, since its rows do."""
    closed = ClosedPeriods(ClosingLog(ledger).read())

    def accepts(checked: CheckedSubmission) -> bool:
        period, reporter = checked.envelope.period, checked.envelope.reporter_code
        if period is None or not is_acceptable(contract, checked):
            return False
        received = deliveries[checked.submission_id].received_at
        return closed.closing(contract.id, period, reporter, received) is None

    return accepts
