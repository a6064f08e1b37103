-- Up to when every working ledger partition is known without a gap; partitions over two minutes behind are not waited for.
SELECT min(last_recorded) AS known_until, max(last_recorded) AS newest
FROM
(
    SELECT max(recorded_at) AS last_recorded, max(max(recorded_at)) OVER () AS newest_of_all
    FROM ledger_records
    WHERE accepted AND kind != 'opened'
    GROUP BY stage, partition
)
WHERE last_recorded >= newest_of_all - toIntervalMinute(2)
