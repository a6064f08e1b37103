-- Messages and decisions of the hour before {as_of}, by minute; all areas together.
SELECT toDateTime64(minute_of, 0, 'UTC') AS minute, sum(more.1) AS messages, sum(more.2) AS rejected, sum(more.3) AS decisions
FROM
(
    SELECT minute_of, heard_from,
        arrayMap((after, before) -> toInt64(after) - toInt64(before), [head.1, head.2, head.3],
            [before.1, before.2, before.3]) AS more_of, (more_of[1], more_of[2], more_of[3]) AS more
    FROM
    (
        SELECT stage, partition, minute_of, head, lagInFrame(toUInt8(1)) OVER past AS heard_from,
            lagInFrame(head) OVER past AS before
        FROM
        (
            SELECT stage, partition, toStartOfMinute(greatest(toDateTime(valid_from, 'UTC'),
                    toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC') - 3600)) AS minute_of,
                argMax((decided, ledger_heads.rejected, ledger_heads.decisions), offset) AS head
            FROM ledger_heads
            WHERE valid_until > {as_of:DateTime64(6, 'UTC')} - INTERVAL 1 HOUR
                AND valid_from <= {as_of:DateTime64(6, 'UTC')}
            GROUP BY stage, partition, minute_of
        )
        WINDOW past AS (PARTITION BY stage, partition ORDER BY minute_of ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
)
WHERE minute_of > toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC') - 3600
GROUP BY minute_of
ORDER BY minute
