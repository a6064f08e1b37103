-- Reserves in a table of their own, by when they became known: a page that shows stock has them at once, as of any time,
-- and need not ask all decisions, and where each ledger ended then.

CREATE TABLE IF NOT EXISTS reserve_facts $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    area LowCardinality(String) COMMENT 'Supply area',
    item LowCardinality(String) COMMENT 'Item',
    type LowCardinality(String) COMMENT 'floor_set: units that only critical needs may take; plan_set: units that there should be',
    quantity Int64 COMMENT 'Units' CODEC(ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (area, item, type, offset, idx, partition)
SETTINGS $window
COMMENT 'Reserve floors and plans as they were set; the newest by offset counts';

-- What steps have passed already: known with the first head at or after it. What comes after the last head, a step will say.
INSERT INTO reserve_facts (partition, area, item, type, quantity, known_at, offset, idx)
SELECT d.partition, d.area, d.item, d.type, d.quantity, h.valid_from, d.offset, d.idx
FROM
(
    SELECT partition, area, item, type, assumeNotNull(quantity) AS quantity, offset, idx FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('floor_set', 'plan_set')
) AS d
ASOF INNER JOIN
(
    SELECT partition, offset, valid_from FROM ledger_heads FINAL WHERE stage = 'supply'
) AS h ON h.partition = d.partition AND d.offset <= h.offset;
