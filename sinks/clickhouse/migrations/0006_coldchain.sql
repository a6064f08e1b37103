-- Decisions sorted for questions about one consignment, one logger, or one lot. Made from decisions as they come in.
-- The key ends with stage and partition: what goes to every partition (a driver's test) has the same offset in each, and
-- FINAL takes rows of the same key for one.

CREATE TABLE IF NOT EXISTS coldchain_decisions $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage that decided: coldchain',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    offset UInt64 COMMENT 'Offset of the record in the ledger topic' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place among the decisions of the record, from 0' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'Type of the decision, such as reading_recorded',
    kind LowCardinality(String) COMMENT 'Kind of the report that was taken up (certificate_issued, ...), or hot or cold',
    consignment_id String COMMENT 'Consignment; empty for drivers, premises and the end of holds' CODEC(ZSTD(1)),
    logger_id String COMMENT 'Logger; empty where none is meant' CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'When it happened: measured, done, begun' CODEC(Delta, ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'Time in the ledger at which it was decided' CODEC(Delta, ZSTD(1)),
    event_id String COMMENT 'Id of the report that caused it; empty for ticks' CODEC(ZSTD(1)),
    celsius Float64 COMMENT 'Of readings: the temperature in degrees Celsius' CODEC(ZSTD(1)),
    out LowCardinality(String) COMMENT 'Of readings: hot or cold where out of range, else empty',
    late Bool COMMENT 'Of readings: a newer one of this logger was known already',
    check_id String COMMENT 'Check that failed, was mended, or holds' CODEC(ZSTD(1)),
    hold_id String COMMENT 'Hold' CODEC(ZSTD(1)),
    rule LowCardinality(String) COMMENT 'Rule of the check',
    lot_ids Array(String) COMMENT 'Lots that are named; none: all of the consignment' CODEC(ZSTD(1)),
    body String COMMENT 'The whole decision as JSON; empty for readings, whose columns say it all' CODEC(ZSTD(1)),
    INDEX by_offset offset TYPE minmax GRANULARITY 1
)
ENGINE = $replacing
PARTITION BY (stage, partition)
ORDER BY (type, consignment_id, logger_id, at, stage, partition, offset, idx)
SETTINGS $window
COMMENT 'Every decision of the cold chain, one row each, by type and consignment; read with FINAL';

CREATE MATERIALIZED VIEW IF NOT EXISTS coldchain_of_decisions $on_cluster TO coldchain_decisions AS
SELECT
    stage,
    partition,
    offset,
    idx,
    type,
    multiIf(type = 'fact_recorded', d.fact.kind, type = 'inspection_recorded', d.report.kind, d.kind) AS kind,
    if(type = 'fact_recorded', d.fact.consignment_id, d.consignment_id) AS consignment_id,
    d.logger_id AS logger_id,
    ifNull(parseDateTime64BestEffortOrNull(multiIf(
        type = 'fact_recorded', d.fact.occurred_at,
        type = 'inspection_recorded', d.report.occurred_at,
        type = 'driver_test_recorded', d.test.occurred_at,
        d.at != '', d.at,
        d.start != '', d.start,
        d.since != '', d.since,
        d.until), 6, 'UTC'), known_at) AS at,
    known_at,
    event_id,
    d.celsius AS celsius,
    d.out AS out,
    d.late AS late,
    d.check_id AS check_id,
    hold_id,
    rule,
    if(type = 'fact_recorded', d.fact.lot_ids, d.lot_ids) AS lot_ids,
    if(type = 'reading_recorded', '', body) AS body
FROM
(
    SELECT
        stage, partition, offset, idx, type, at AS known_at, event_id, hold_id, rule, body,
        JSONExtract(body, 'Tuple(consignment_id String, logger_id String, at String, celsius Float64, out String,
            late Bool, kind String, start String, since String, until String, check_id String, lot_ids Array(String),
            fact Tuple(kind String, consignment_id String, occurred_at String, lot_ids Array(String)),
            report Tuple(kind String, occurred_at String), test Tuple(occurred_at String))') AS d
    FROM decisions
    WHERE stage = 'coldchain'
);

CREATE TABLE IF NOT EXISTS lot_handovers $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage that decided: supply',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    offset UInt64 COMMENT 'Offset of the record in the ledger topic' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place among the decisions of the record, from 0' CODEC(ZSTD(1)),
    line UInt32 COMMENT 'Place among the lines of the dispatch, from 1' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'dispatch_ordered or line_delivered',
    at DateTime64(6, 'UTC') COMMENT 'Time in the ledger at which it was decided' CODEC(Delta, ZSTD(1)),
    lot_id String COMMENT 'Lot' CODEC(ZSTD(1)),
    item LowCardinality(String) COMMENT 'Item',
    dispatch_id String COMMENT 'Dispatch' CODEC(ZSTD(1)),
    allocation_id String COMMENT 'Allocation' CODEC(ZSTD(1)),
    need_id String COMMENT 'Need: request and item' CODEC(ZSTD(1)),
    requester_id String COMMENT 'Household (pseudonym) or institution; of dispatch_ordered only' CODEC(ZSTD(1)),
    area LowCardinality(String) COMMENT 'Supply area; of dispatch_ordered only',
    grid LowCardinality(String) COMMENT 'Grid of the requester; of dispatch_ordered only',
    team LowCardinality(String) COMMENT 'Team that delivers; of dispatch_ordered only',
    in_transit Int64 COMMENT 'Units to (or, negative, from) the team' CODEC(ZSTD(1)),
    delivered Int64 COMMENT 'Units handed over' CODEC(ZSTD(1)),
    INDEX by_offset offset TYPE minmax GRANULARITY 1
)
ENGINE = $replacing
PARTITION BY (stage, partition)
ORDER BY (lot_id, dispatch_id, allocation_id, type, stage, partition, offset, idx, line)
SETTINGS $window
COMMENT 'Units of lots given to teams and handed over, one row a line of a dispatch, by lot; read with FINAL';

CREATE MATERIALIZED VIEW IF NOT EXISTS lot_handovers_of_decisions $on_cluster TO lot_handovers AS
SELECT
    stage,
    partition,
    offset,
    idx,
    line,
    type,
    at,
    handed.lot_id AS lot_id,
    handed.item AS item,
    dispatch_id,
    handed.allocation_id AS allocation_id,
    handed.need_id AS need_id,
    requester_id,
    area,
    grid,
    team,
    if(type = 'dispatch_ordered', handed.quantity, -handed.quantity) AS in_transit,
    if(type = 'dispatch_ordered', 0, delivered) AS delivered
FROM
(
    SELECT
        stage, partition, offset, idx, type, at, dispatch_id, requester_id, area, grid, team, delivered,
        if(type = 'dispatch_ordered', lines, CAST([(allocation_id, need_id, lot_id, item,
            delivered + returned + damaged + lost)], 'Array(Tuple(allocation_id String, need_id String, lot_id String,
            item String, quantity Int64))')) AS bag
    FROM decisions
    WHERE stage = 'supply' AND type IN ('dispatch_ordered', 'line_delivered')
)
ARRAY JOIN bag AS handed, arrayEnumerate(bag) AS line;
