-- What a page needs at once, kept as rows come in: a need, a household and a price each have one row that only grows.
-- Each column is the greatest, or the set, of what decisions say, so that a decision told twice changes nothing.

CREATE TABLE IF NOT EXISTS need_states $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    need_id String COMMENT 'Request and item' CODEC(ZSTD(1)),
    request_id SimpleAggregateFunction(max, String) COMMENT 'Request' CODEC(ZSTD(1)),
    requester_id SimpleAggregateFunction(max, String) COMMENT 'Household (pseudonym) or institution' CODEC(ZSTD(1)),
    area SimpleAggregateFunction(max, String) COMMENT 'Supply area',
    grid SimpleAggregateFunction(max, String) COMMENT 'Grid of the requester',
    item SimpleAggregateFunction(max, String) COMMENT 'Item',
    reported_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'First report' CODEC(Delta, ZSTD(1)),
    opened_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'When it came into the ledger' CODEC(Delta, ZSTD(1)),
    closed_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'When it was closed; 1970: open' CODEC(Delta, ZSTD(1)),
    close_reason SimpleAggregateFunction(max, String) COMMENT 'Why it was closed; empty: open',
    overdue_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'When it was said to be overdue; 1970: not' CODEC(Delta, ZSTD(1)),
    plans SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(at DateTime64(6, 'UTC'), offset UInt64, idx UInt32,
        need_class String, mode String, due_at DateTime64(6, 'UTC'))))
        COMMENT 'Class, mode and end of the clock, as planned and planned again' CODEC(ZSTD(1)),
    asks SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(at DateTime64(6, 'UTC'), offset UInt64, idx UInt32,
        quantity Int64))) COMMENT 'Units asked for, as filed and amended' CODEC(ZSTD(1)),
    moves SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(at DateTime64(6, 'UTC'), offset UInt64, idx UInt32,
        reserved Int64, in_transit Int64, delivered Int64))) COMMENT 'Units set aside, on the way, handed over' CODEC(ZSTD(1))
)
ENGINE = $aggregating
PARTITION BY partition
ORDER BY need_id
SETTINGS $window
COMMENT 'Every need with its whole story in one row; read with FINAL';

CREATE MATERIALIZED VIEW IF NOT EXISTS need_states_of_decisions $on_cluster TO need_states AS
SELECT
    partition,
    need_id,
    request_id,
    requester_id,
    area,
    grid,
    item,
    ifNull(reported_at, toDateTime64(0, 6, 'UTC')) AS reported_at,
    if(type = 'need_opened', at, toDateTime64(0, 6, 'UTC')) AS opened_at,
    if(type = 'need_closed', at, toDateTime64(0, 6, 'UTC')) AS closed_at,
    if(type = 'need_closed', reason, '') AS close_reason,
    if(type = 'need_overdue', at, toDateTime64(0, 6, 'UTC')) AS overdue_at,
    if(type IN ('need_opened', 'need_replanned'),
        [(at, offset, idx, need_class, mode, ifNull(due_at, toDateTime64(0, 6, 'UTC')))], []) AS plans,
    if(type IN ('need_opened', 'need_amended'), [(at, offset, idx, quantity)], []) AS asks,
    multiIf(
        type = 'allocation_made', [(at, offset, idx, quantity, toInt64(0), toInt64(0))],
        type = 'allocation_released', [(at, offset, idx, -quantity, toInt64(0), toInt64(0))],
        type = 'line_delivered', [(at, offset, idx, toInt64(0), -(delivered + returned + damaged + lost), delivered)],
        type = 'dispatch_ordered', [(at, offset, idx * 1000 + line, -quantity, quantity, toInt64(0))],
        []) AS moves
FROM
(
    SELECT partition, offset, idx, 0 AS line, at, type, need_id, request_id, requester_id, area, grid, item,
        need_class, mode, quantity, reason, reported_at, due_at, delivered, returned, damaged, lost
    FROM decisions
    WHERE stage = 'supply' AND type IN ('need_opened', 'need_replanned', 'need_amended', 'need_overdue', 'need_closed',
        'allocation_made', 'allocation_released', 'line_delivered')
    UNION ALL
    SELECT partition, offset, idx, number AS line, at, type, taken.need_id, '', '', '', '', '',
        '', '', taken.quantity, '', NULL, NULL, 0, 0, 0, 0
    FROM decisions
    ARRAY JOIN lines AS taken, arrayEnumerate(lines) AS number
    WHERE stage = 'supply' AND type = 'dispatch_ordered'
);
