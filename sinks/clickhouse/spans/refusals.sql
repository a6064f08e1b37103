WITH
-- include: records
SELECT stage, partition, known_at, ifNull(at, timestamp) AS at, offset, rejection_code AS code, rejection_field AS field,
    rejection_reason AS reason, ifNull(rejection_size, 0) AS size, source_topic,
    ifNull(source_partition, 0) AS source_partition, ifNull(source_offset, 0) AS source_offset
FROM records
WHERE kind = 'rejected'
