WITH
-- include: decided
SELECT {partition:UInt32} AS partition, known_at, type, d.1 AS consignment_id, d.2 AS logger_id, d.3 != '' AS out,
    d.4 AS late, offset, idx
FROM
(
    SELECT known_at, type, offset, idx,
        JSONExtract(body, 'Tuple(consignment_id String, logger_id String, out String, late Bool)') AS d
    FROM decided
)
