-- The newest known time of any ledger, as far as spans are made, and how many records that is; and the ledger with the
-- partition that is known least far, of those that ever did more than open, and until when: 1970 where none did.
SELECT
    max(known) AS now, sum(all_records) AS records,
    argMinIf(stage, worked, worked > toDateTime64(0, 6, 'UTC')) AS slowest,
    minIf(worked, worked > toDateTime64(0, 6, 'UTC')) AS slowest_until
FROM
(
    SELECT stage, max(valid_from) AS known, max(worked_at) AS worked, max(records) AS all_records
    FROM ledger_heads
    WHERE valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
    GROUP BY stage, partition
)
