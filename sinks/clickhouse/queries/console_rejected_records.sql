-- The newest refused messages until {as_of}, each with its reason.
SELECT stage, partition, offset, at, code AS rejection_code, field AS rejection_field, reason AS rejection_reason,
    size AS rejection_size, source_topic, source_partition, source_offset
FROM refusals
WHERE known_at <= {as_of:DateTime64(6, 'UTC')}
ORDER BY known_at DESC, offset DESC, stage, partition
LIMIT 1 BY stage, partition, offset
LIMIT {limit:UInt32}
