-- The chain of each ledger partition until {as_of}: records by kind and the newest of them.
SELECT
    stage, partition, sum(records) AS all_records, sumIf(records, kind = 'rejected') AS rejected,
    sumIf(records, kind = 'fenced') AS fenced, sumIf(records, kind = 'opened') AS owners, sum(decisions) AS all_decisions,
    sum(bytes) AS size, max(last_at) AS newest_at, max(last_offset) AS newest_offset
FROM ledger_minutes
WHERE minute <= toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC')
GROUP BY stage, partition
ORDER BY stage, partition
