-- Questions about stock, allocations, dispatches and deliveries.

CREATE OR REPLACE VIEW lot_movements $on_cluster AS
SELECT
    partition, offset, idx, at, type AS movement, lot_id, need_id, allocation_id, dispatch_id, reason,
    if(type = 'lot_recorded', quantity, 0) AS received,
    if(type = 'lot_counted', delta, 0) AS counted,
    multiIf(type IN ('lot_recorded', 'allocation_released'), quantity, type = 'lot_counted', delta,
        type IN ('lot_written_off', 'lot_transferred_out', 'allocation_made'), -quantity, returned) AS on_shelf,
    multiIf(type = 'allocation_made', quantity, type = 'allocation_released', -quantity, 0) AS reserved,
    if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS in_transit,
    if(type = 'line_delivered', delivered, 0) AS delivered_units,
    multiIf(type = 'lot_written_off', quantity, type = 'line_delivered', damaged + lost, 0) AS written_off,
    if(type = 'lot_transferred_out', quantity, 0) AS transferred_out
FROM decisions FINAL
WHERE stage = 'supply' AND type IN ('lot_recorded', 'lot_counted', 'lot_written_off', 'lot_transferred_out',
    'allocation_made', 'allocation_released', 'line_delivered')
UNION ALL
SELECT partition, offset, idx, at, 'lot_split', from_lot_id, '', '', '', '', 0, 0, -quantity, 0, 0, 0, 0, quantity
FROM decisions FINAL
WHERE stage = 'supply' AND type = 'lot_recorded' AND from_lot_id != ''
UNION ALL
SELECT
    partition, offset, idx, at, type, line.lot_id, line.need_id, line.allocation_id, dispatch_id, '',
    0, 0, 0, -line.quantity, line.quantity, 0, 0, 0
FROM (SELECT * FROM decisions FINAL WHERE stage = 'supply' AND type = 'dispatch_ordered')
ARRAY JOIN lines AS line
COMMENT 'Every movement of units of a lot, signed, with the coordinates of the record that decided it';

ALTER TABLE lot_movements $on_cluster
    COMMENT COLUMN partition 'Partition of the ledger topic',
    COMMENT COLUMN offset 'Offset of the record in the ledger topic',
    COMMENT COLUMN idx 'Place among the decisions of the record',
    COMMENT COLUMN movement 'Type of the decision; lot_split: units went into another lot of the area',
    COMMENT COLUMN on_shelf 'Units to (or, negative, from) the shelf, free or under a hold',
    COMMENT COLUMN reserved 'Units set aside for needs',
    COMMENT COLUMN in_transit 'Units given to teams',
    COMMENT COLUMN delivered_units 'Units handed over',
    COMMENT COLUMN written_off 'Units gone: spoilt, damaged or lost',
    COMMENT COLUMN transferred_out 'Units that left for another lot or area';

CREATE OR REPLACE VIEW lots $on_cluster AS
SELECT
    lot_id, area, item, warehouse, temperature, expires_on, origin, consignment_id, received_at,
    received_units AS received,
    counted_units AS counted,
    if(is_held OR is_expired, 0, shelf) AS available,
    if(is_held, shelf, 0) AS held,
    if(is_expired AND NOT is_held, shelf, 0) AS expired,
    reserved_units AS reserved,
    transit_units AS in_transit,
    delivered_total AS delivered,
    written_off_units AS written_off,
    transferred_units AS transferred_out,
    partition
FROM
(
    SELECT partition, lot_id,
        sum(received) AS received_units, sum(counted) AS counted_units, sum(on_shelf) AS shelf,
        sum(reserved) AS reserved_units, sum(in_transit) AS transit_units, sum(delivered_units) AS delivered_total,
        sum(written_off) AS written_off_units, sum(transferred_out) AS transferred_units
    FROM lot_movements
    GROUP BY partition, lot_id
) AS units
INNER JOIN
(
    SELECT
        partition,
        lot_id,
        anyIf(area, type = 'lot_recorded') AS area,
        anyIf(item, type = 'lot_recorded') AS item,
        anyIf(warehouse, type = 'lot_recorded') AS warehouse,
        anyIf(JSONExtractString(body, 'temperature'), type = 'lot_recorded') AS temperature,
        toDateOrNull(anyIf(JSONExtractString(body, 'expires_on'), type = 'lot_recorded')) AS expires_on,
        anyIf(JSONExtractString(body, 'origin'), type = 'lot_recorded') AS origin,
        anyIf(JSONExtractString(body, 'consignment_id'), type = 'lot_recorded') AS consignment_id,
        parseDateTime64BestEffortOrNull(anyIf(JSONExtractString(body, 'received_at'), type = 'lot_recorded'), 6, 'UTC')
            AS received_at,
        argMaxIf(type = 'lot_held' OR (type = 'lot_freed' AND NOT JSONExtractBool(body, 'free')), (offset, idx),
            type IN ('lot_held', 'lot_freed')) AS is_held,
        countIf(type = 'lot_expired') > 0 AS is_expired
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('lot_recorded', 'lot_held', 'lot_freed', 'lot_expired')
    GROUP BY partition, lot_id
) AS facts USING (partition, lot_id)
COMMENT 'Stock by lot: received + counted = available + held + expired + reserved + in_transit + delivered + written_off + transferred_out';

ALTER TABLE lots $on_cluster
    COMMENT COLUMN received 'Units that came in',
    COMMENT COLUMN counted 'Units that counts added (or, negative, took away)',
    COMMENT COLUMN available 'Units that may be given out',
    COMMENT COLUMN held 'Units under a hold',
    COMMENT COLUMN expired 'Units past their last day, not yet written off',
    COMMENT COLUMN reserved 'Units set aside for needs, still in the warehouse',
    COMMENT COLUMN in_transit 'Units on the way',
    COMMENT COLUMN delivered 'Units handed over, confirmed',
    COMMENT COLUMN written_off 'Units gone: spoilt, damaged or lost',
    COMMENT COLUMN transferred_out 'Units that left for another lot or area';

CREATE OR REPLACE VIEW stock $on_cluster AS
SELECT
    area, item,
    count() AS lots,
    sum(available) AS available_units,
    sum(held) AS held_units,
    sum(expired) AS expired_units,
    sum(reserved) AS reserved_units,
    sum(in_transit) AS units_in_transit,
    sum(delivered) AS delivered_units,
    sum(written_off) AS written_off_units,
    minIf(expires_on, available > 0) AS next_expiry,
    any(reserve_floor) AS reserve_floor,
    any(reserve_plan) AS reserve_plan
FROM lots
LEFT JOIN
(
    SELECT area, item, argMaxIf(quantity, (offset, idx), type = 'floor_set') AS reserve_floor,
        argMaxIf(quantity, (offset, idx), type = 'plan_set') AS reserve_plan
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('floor_set', 'plan_set')
    GROUP BY area, item
) AS reserves USING (area, item)
GROUP BY area, item
COMMENT 'Stock by area and item, with the reserve floor and plan (0: none set)';

CREATE OR REPLACE VIEW allocations $on_cluster AS
WITH moved AS
(
    SELECT
        partition, allocation_id,
        sumIf(-reserved, movement = 'allocation_released') AS units_released,
        sum(reserved) AS units_reserved,
        sum(in_transit) AS units_in_transit,
        sum(delivered_units) AS units_delivered,
        maxIf(dispatch_id, movement = 'dispatch_ordered') AS last_dispatch
    FROM lot_movements
    WHERE allocation_id != ''
    GROUP BY partition, allocation_id
)
SELECT
    a.allocation_id AS allocation_id, a.need_id AS need_id, a.lot_id AS lot_id, a.item AS item, a.quantity AS quantity,
    a.rule AS rule, a.at AS made_at,
    m.units_released AS released, m.units_reserved AS reserved, m.units_in_transit AS in_transit,
    m.units_delivered AS delivered, m.last_dispatch AS dispatch_id,
    JSONExtract(a.body, 'skipped', 'Array(Tuple(lot_id String, reason String))') AS skipped_lots,
    a.partition AS partition, a.offset AS offset, a.idx AS idx
FROM (SELECT * FROM decisions FINAL WHERE stage = 'supply' AND type = 'allocation_made') AS a
LEFT JOIN moved AS m ON m.partition = a.partition AND m.allocation_id = a.allocation_id
COMMENT 'Units of a lot given to a need, the rule that gave them, and what became of them';

CREATE OR REPLACE VIEW dispatches $on_cluster AS
WITH (SELECT now FROM ledger_now WHERE stage = 'supply') AS ledger_time
SELECT
    dispatch_id,
    anyIf(requester_id, type = 'dispatch_ordered') AS requester_id,
    anyIf(area, type = 'dispatch_ordered') AS area,
    anyIf(grid, type = 'dispatch_ordered') AS grid,
    anyIf(team, type = 'dispatch_ordered') AS team,
    anyIf(mode, type = 'dispatch_ordered') AS mode,
    anyIf(length(lines), type = 'dispatch_ordered') AS line_count,
    anyIf(arraySum(lines.quantity), type = 'dispatch_ordered') AS units,
    minIf(at, type = 'dispatch_ordered') AS ordered_at,
    anyIf(due_at, type = 'dispatch_ordered') AS deadline,
    maxOrNullIf(at, type = 'dispatch_closed') AS closed_at,
    if(closed_at IS NULL, 'out', anyIf(outcome, type = 'dispatch_closed')) AS state,
    anyIf(JSONExtractString(body, 'failure'), type = 'dispatch_closed') AS failure,
    countIf(type = 'dispatch_recalled') > 0 AS recalled,
    ifNull(deadline < ifNull(closed_at, ledger_time), false) AS overdue,
    partition
FROM decisions FINAL
WHERE stage = 'supply' AND type IN ('dispatch_ordered', 'dispatch_overdue', 'dispatch_recalled', 'dispatch_closed')
GROUP BY partition, dispatch_id
HAVING countIf(type = 'dispatch_ordered') > 0
COMMENT 'Every dispatch: to whom, by which team, until when, and how it ended';

CREATE OR REPLACE VIEW deliveries $on_cluster AS
SELECT
    dispatch_id, allocation_id, need_id, lot_id, item, delivered, returned, damaged, lost, at,
    partition, offset, idx
FROM decisions FINAL
WHERE stage = 'supply' AND type = 'line_delivered'
COMMENT 'What became of each allocation in a confirmed dispatch';

CREATE OR REPLACE VIEW holds $on_cluster AS
SELECT
    hold_id,
    anyIf(JSONExtractString(body, 'consignment_id'), type = 'hold_recorded') AS consignment_id,
    anyIf(JSONExtract(body, 'lot_ids', 'Array(String)'), type = 'hold_recorded') AS lot_ids,
    anyIf(reason, type = 'hold_recorded') AS why,
    groupUniqArrayIf(lot_id, type = 'lot_held') AS lots_held,
    minIf(at, type = 'hold_recorded') AS placed_at,
    maxOrNullIf(at, type = 'hold_ended') AS lifted_at,
    lifted_at IS NULL AS active
FROM decisions FINAL
WHERE stage = 'supply' AND type IN ('hold_recorded', 'hold_ended', 'lot_held')
GROUP BY hold_id
HAVING countIf(type = 'hold_recorded') > 0
COMMENT 'Holds on lots: why, since when, until when, and the lots that they met';

CREATE OR REPLACE VIEW prices $on_cluster AS
SELECT at, area, item, warehouse, JSONExtractInt(body, 'fen') AS fen, partition, offset, idx
FROM decisions FINAL
WHERE stage = 'supply' AND type = 'price_recorded'
COMMENT 'Prices observed, in fen (1/100 yuan) for one unit';
