-- Up to when every working ledger partition is known without a gap; partitions over two minutes behind are not waited for.
SELECT minOrNull(last_worked) AS known_until, maxOrNull(last_worked) AS newest
FROM
(
    SELECT max(worked_at) AS last_worked, max(max(worked_at)) OVER () AS newest_of_all
    FROM ledger_heads
    WHERE valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
    GROUP BY stage, partition
    HAVING last_worked > toDateTime64(0, 6, 'UTC')
)
WHERE last_worked >= newest_of_all - toIntervalMinute(2)
