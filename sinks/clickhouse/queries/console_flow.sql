-- Messages and decisions of the hour before {as_of}, by minute of ledger time; all areas together.
SELECT minute, sumIf(records, kind = 'decided') AS messages, sumIf(records, kind = 'rejected') AS rejected,
    sum(decisions) AS decisions
FROM ledger_minutes
WHERE minute > toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC') - 3600
    AND minute <= toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC')
GROUP BY minute
ORDER BY minute
