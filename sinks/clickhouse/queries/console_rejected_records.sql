-- The newest refused messages until {as_of}, each with its reason.
SELECT stage, partition, offset, at, rejection_code, rejection_field, rejection_reason, rejection_size, source_topic,
    source_partition, source_offset
FROM ledger_records FINAL
WHERE (stage, partition, offset) IN (
        SELECT stage, partition, last_offset FROM ledger_minutes
        WHERE kind = 'rejected' AND minute <= toDateTime({as_of:DateTime64(6, 'UTC')}, 'UTC')
        ORDER BY minute DESC
        LIMIT {limit:UInt32})
    AND kind = 'rejected'
ORDER BY at DESC
LIMIT {limit:UInt32}
