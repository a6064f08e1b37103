-- Who works: the last record of each ledger partition, by whom, and how long before {as_of}.
SELECT
    stage, partition,
    argMax(worker, offset) AS worker,
    argMax(code, offset) AS code,
    max(assumeNotNull(recorded_at)) AS last_record_at,
    round(greatest(dateDiff('millisecond', max(assumeNotNull(recorded_at)), {as_of:DateTime64(6, 'UTC')}), 0) / 1000, 1)
        AS silent_s,
    max(inserted_at) AS last_row_at
FROM ledger_records
WHERE accepted AND recorded_at <= {as_of:DateTime64(6, 'UTC')}
GROUP BY stage, partition
ORDER BY stage, partition
