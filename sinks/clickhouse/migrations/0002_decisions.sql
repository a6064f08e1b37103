-- What the accepted records decided, one row a decision, typed. Made from ledger_records as they are inserted.
-- Sorted by type first: questions are about a few types, and most types are rare.

CREATE TABLE IF NOT EXISTS decisions $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage that decided',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    offset UInt64 COMMENT 'Offset of the record in the ledger topic' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place among the decisions of the record, from 0',
    type LowCardinality(String) COMMENT 'Type of the decision, such as need_opened',
    at DateTime64(6, 'UTC') COMMENT 'Time in the ledger at which it was decided' CODEC(Delta, ZSTD(1)),
    event_kind LowCardinality(String) COMMENT 'Kind of the event that caused it',
    event_id String COMMENT 'Id of the event that caused it; empty for ticks',
    request_id String COMMENT 'Supply request',
    need_id String COMMENT 'Need: request and item',
    requester_id String COMMENT 'Household (pseudonym) or institution',
    lot_id String COMMENT 'Lot',
    from_lot_id String COMMENT 'Lot that this one was split from',
    allocation_id String COMMENT 'Allocation',
    dispatch_id String COMMENT 'Dispatch',
    hold_id String COMMENT 'Hold',
    area LowCardinality(String) COMMENT 'Supply area',
    grid LowCardinality(String) COMMENT 'Grid of the requester',
    item LowCardinality(String) COMMENT 'Item',
    warehouse LowCardinality(String) COMMENT 'Warehouse',
    quantity Int64 COMMENT 'Units of the item' CODEC(ZSTD(1)),
    delta Int64 COMMENT 'Units that a count found too many (or, negative, too few)' CODEC(ZSTD(1)),
    delivered Int64 COMMENT 'Units handed over' CODEC(ZSTD(1)),
    returned Int64 COMMENT 'Units that came back fit for use' CODEC(ZSTD(1)),
    damaged Int64 COMMENT 'Units that came back unfit' CODEC(ZSTD(1)),
    lost Int64 COMMENT 'Units that nobody accounts for' CODEC(ZSTD(1)),
    need_class LowCardinality(String) COMMENT 'Class of the need: life_threatening, critical, sealed or other',
    mode LowCardinality(String) COMMENT 'How it is handed over: door, pickup or collect',
    tier LowCardinality(String) COMMENT 'Control tier: sealed, controlled or precaution',
    team LowCardinality(String) COMMENT 'Team that delivers',
    outcome LowCardinality(String) COMMENT 'How a dispatch ended',
    reason String COMMENT 'Why, a code or words',
    rule LowCardinality(String) COMMENT 'Rule that gave an allocation its quantity',
    responsible String COMMENT 'Who answers for the request',
    reported_at Nullable(DateTime64(6, 'UTC')) COMMENT 'First report, from which the clock runs' CODEC(ZSTD(1)),
    due_at Nullable(DateTime64(6, 'UTC')) COMMENT 'End of the clock, or deadline of a dispatch' CODEC(ZSTD(1)),
    lines Array(Tuple(allocation_id String, need_id String, lot_id String, item String, quantity Int64))
        COMMENT 'Allocations in a dispatch',
    body String COMMENT 'The whole decision as JSON' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY (stage, partition)
ORDER BY (type, stage, partition, offset, idx)
SETTINGS $window
COMMENT 'Every decision of every accepted record, one row each; read with FINAL';

CREATE MATERIALIZED VIEW IF NOT EXISTS decisions_of_records $on_cluster TO decisions AS
SELECT
    stage,
    partition,
    offset,
    idx,
    d.type AS type,
    ifNull(at, timestamp) AS at,
    event_kind,
    event_id,
    d.request_id AS request_id,
    d.need_id AS need_id,
    d.requester_id AS requester_id,
    d.lot_id AS lot_id,
    d.from_lot_id AS from_lot_id,
    d.allocation_id AS allocation_id,
    d.dispatch_id AS dispatch_id,
    d.hold_id AS hold_id,
    d.area AS area,
    d.grid AS grid,
    d.item AS item,
    d.warehouse AS warehouse,
    d.quantity AS quantity,
    d.delta AS delta,
    d.delivered AS delivered,
    d.returned AS returned,
    d.damaged AS damaged,
    d.lost AS lost,
    d.need_class AS need_class,
    d.mode AS mode,
    d.tier AS tier,
    d.team AS team,
    d.outcome AS outcome,
    d.reason AS reason,
    d.rule AS rule,
    d.responsible AS responsible,
    parseDateTime64BestEffortOrNull(d.reported_at, 6, 'UTC') AS reported_at,
    parseDateTime64BestEffortOrNull(if(d.due_at = '', d.deadline, d.due_at), 6, 'UTC') AS due_at,
    d.lines AS lines,
    body
FROM
(
    SELECT
        stage, partition, offset, idx, at, timestamp, event_kind, event_id, body,
        JSONExtract(body, 'Tuple(type String, request_id String, need_id String, requester_id String, lot_id String,
            from_lot_id String, allocation_id String, dispatch_id String, hold_id String, area String, grid String,
            item String, warehouse String, quantity Int64, delta Int64, delivered Int64, returned Int64,
            damaged Int64, lost Int64, need_class String, mode String, tier String, team String, outcome String,
            reason String, rule String, responsible String, reported_at String, due_at String, deadline String,
            lines Array(Tuple(allocation_id String, need_id String, lot_id String, item String, quantity Int64)))') AS d
    FROM
    (
        SELECT stage, partition, offset, at, timestamp, event_kind, event_id,
            JSONExtractArrayRaw(value, 'decisions') AS bodies
        FROM ledger_records
        WHERE accepted
    )
    ARRAY JOIN bodies AS body, range(length(bodies)) AS idx
);
