-- The newest known time of any ledger, as far as spans are made, and how many records that is.
SELECT max(known) AS now, sum(all_records) AS records
FROM
(
    SELECT max(valid_from) AS known, max(records) AS all_records
    FROM ledger_heads
    WHERE valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
    GROUP BY stage, partition
)
