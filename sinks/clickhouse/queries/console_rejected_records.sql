-- The newest refused messages until {as_of}, each with its reason: of a minute those among its last 500 records.
SELECT stage, partition, offset, at, rejection_code, rejection_field, rejection_reason, rejection_size, source_topic,
    source_partition, source_offset
FROM ledger_records FINAL
WHERE (stage, partition, offset) IN
    (
        SELECT stage, partition, arrayJoin(range(toUInt64(greatest(toInt64(last) - 500, 0)), last + 1))
        FROM
        (
            SELECT stage, partition, minute, max(last_offset) AS last
            FROM ledger_minutes
            WHERE kind = 'rejected' AND minute <= toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC')
            GROUP BY stage, partition, minute
            ORDER BY minute DESC
            LIMIT {limit:UInt32}
        )
    )
    AND kind = 'rejected' AND at <= {as_of:DateTime64(6, 'UTC')}
ORDER BY at DESC, stage, partition, offset DESC
LIMIT {limit:UInt32}
