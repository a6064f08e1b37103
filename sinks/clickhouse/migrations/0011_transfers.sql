-- Transfers between areas: orders of the city with what became of them, rounds, and one list of all that is to be taken
-- somewhere now. Units set aside for another area are reserved units of their lot.

CREATE OR REPLACE VIEW lot_movements $on_cluster AS
SELECT
    partition, offset, idx, at, type AS movement, lot_id, need_id, allocation_id, dispatch_id, reason,
    if(type = 'lot_recorded', quantity, 0) AS received,
    if(type = 'lot_counted', delta, 0) AS counted,
    multiIf(type IN ('lot_recorded', 'allocation_released', 'transfer_released'), quantity, type = 'lot_counted', delta,
        type IN ('lot_written_off', 'lot_transferred_out', 'allocation_made', 'transfer_reserved'), -quantity, returned)
        AS on_shelf,
    multiIf(type IN ('allocation_made', 'transfer_reserved'), quantity,
        type IN ('allocation_released', 'transfer_released'), -quantity, 0) AS reserved,
    if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS in_transit,
    if(type = 'line_delivered', delivered, 0) AS delivered_units,
    multiIf(type = 'lot_written_off', quantity, type = 'line_delivered', damaged + lost, 0) AS written_off,
    if(type = 'lot_transferred_out', quantity, 0) AS transferred_out
FROM decisions FINAL
WHERE stage = 'supply' AND type IN ('lot_recorded', 'lot_counted', 'lot_written_off', 'lot_transferred_out',
    'allocation_made', 'allocation_released', 'line_delivered', 'transfer_reserved', 'transfer_released')
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
    COMMENT COLUMN reserved 'Units set aside for needs, or for another area',
    COMMENT COLUMN in_transit 'Units given to teams',
    COMMENT COLUMN delivered_units 'Units handed over',
    COMMENT COLUMN written_off 'Units gone: spoilt, damaged or lost',
    COMMENT COLUMN transferred_out 'Units that left for another lot or area';

CREATE OR REPLACE VIEW transfer_events $on_cluster AS
SELECT
    JSONExtractString(body, 'transfer_id') AS transfer_id,
    at, stage, type AS what, area, item, lot_id, quantity,
    JSONExtractInt(body, 'shipped') AS shipped,
    JSONExtractInt(body, 'missing') AS missing,
    reason, partition, offset, idx
FROM decisions FINAL
WHERE type IN ('transfer_ordered', 'transfer_reduced', 'transfer_ended', 'transfer_reserved', 'transfer_refused',
    'transfer_released', 'transfer_expected', 'transfer_cut', 'transfer_arrived', 'transfer_lost', 'transfer_overdue')
COMMENT 'Everything that was decided about a transfer, by the city and by the two areas';

ALTER TABLE transfer_events $on_cluster
    COMMENT COLUMN transfer_id 'The transfer, and the lot that it becomes where it arrives',
    COMMENT COLUMN stage 'Who decided: transfers (the city) or supply (an area)',
    COMMENT COLUMN area 'Area that it is about; of the orders of the city, where they go',
    COMMENT COLUMN shipped 'Of the units that are no longer set aside, those that left',
    COMMENT COLUMN missing 'Units fewer than expected';

CREATE OR REPLACE VIEW transfers $on_cluster AS
WITH
    (SELECT max(now) FROM ledger_now WHERE stage IN ('supply', 'transfers')) AS ledger_time,
    told AS
    (
        SELECT
            transfer_id,
            sumIf(quantity, what = 'transfer_reserved') AS units_set_aside,
            sumIf(quantity, what = 'transfer_refused') AS units_refused,
            sumIf(quantity - shipped, what = 'transfer_released') AS units_kept,
            sumIf(shipped, what = 'transfer_released') AS units_shipped,
            sumIf(quantity, what = 'transfer_arrived') AS units_received,
            sumIf(missing, what = 'transfer_arrived') + sumIf(quantity, what = 'transfer_lost') AS units_lost,
            countIf(what = 'transfer_arrived') > 0 AS has_arrived,
            countIf(what = 'transfer_ended') > 0 AS has_ended,
            maxOrNullIf(at, what IN ('transfer_arrived', 'transfer_ended')) AS last_at
        FROM transfer_events
        GROUP BY transfer_id
    )
SELECT
    o.transfer_id AS transfer_id, o.item AS item, o.from_area AS from_area, o.area AS area, o.lot_id AS lot_id,
    o.warehouse AS warehouse, o.quantity AS quantity, o.need_class AS need_class, o.km AS km,
    o.at AS ordered_at, o.ship_by AS ship_by, o.due_at AS deadline,
    t.units_set_aside AS set_aside, t.units_refused AS refused, t.units_kept AS kept, t.units_shipped AS shipped,
    t.units_received AS received, t.units_lost AS lost,
    multiIf(t.has_arrived AND t.units_received >= o.quantity, 'received', t.has_arrived, 'short',
        t.has_ended AND t.units_lost > 0, 'lost', t.has_ended, 'not_sent', t.units_shipped > 0, 'on_the_way',
        t.units_set_aside > 0, 'set_aside', 'ordered') AS state,
    NOT t.has_arrived AND NOT t.has_ended AND o.due_at < ledger_time AS overdue,
    if(t.has_arrived OR t.has_ended, t.last_at, NULL) AS ended_at,
    o.reason AS reason, o.reason_zh AS reason_zh
FROM
(
    SELECT
        JSONExtractString(body, 'transfer_id') AS transfer_id, item, JSONExtractString(body, 'from_area') AS from_area,
        area, lot_id, warehouse, quantity, need_class, JSONExtractInt(body, 'km') AS km, at,
        parseDateTime64BestEffortOrNull(JSONExtractString(body, 'ship_by'), 6, 'UTC') AS ship_by, due_at, reason,
        JSONExtractString(body, 'reason_zh') AS reason_zh
    FROM decisions FINAL
    WHERE stage = 'transfers' AND type = 'transfer_ordered'
) AS o
LEFT JOIN told AS t ON t.transfer_id = o.transfer_id
COMMENT 'Every transfer that the city ordered between areas, why, and what became of it';

ALTER TABLE transfers $on_cluster
    COMMENT COLUMN transfer_id 'The transfer, and the lot that it becomes where it arrives',
    COMMENT COLUMN from_area 'Area that sends',
    COMMENT COLUMN area 'Area that gets',
    COMMENT COLUMN lot_id 'Lot that it is taken from',
    COMMENT COLUMN warehouse 'Where it goes',
    COMMENT COLUMN quantity 'Units ordered',
    COMMENT COLUMN need_class 'Most pressing class of the needs that it is for',
    COMMENT COLUMN ship_by 'When it must have left',
    COMMENT COLUMN deadline 'When it must have been received',
    COMMENT COLUMN set_aside 'Units that the area that sends set aside',
    COMMENT COLUMN refused 'Units that it did not have to spare',
    COMMENT COLUMN kept 'Units that it set aside and did not send',
    COMMENT COLUMN shipped 'Units that left',
    COMMENT COLUMN received 'Units that came',
    COMMENT COLUMN lost 'Units that were expected and did not come',
    COMMENT COLUMN state 'ordered, set_aside, on_the_way, received, short, lost or not_sent';

CREATE OR REPLACE VIEW transfer_rounds $on_cluster AS
SELECT
    at, item,
    JSONExtractInt(body, 'lacking') AS lacking,
    JSONExtractInt(body, 'spare') AS spare,
    JSONExtractInt(body, 'moved') AS moved,
    JSONExtract(body, 'unfilled', 'Array(Tuple(area String, need_class String, quantity Int64, why String))') AS unfilled,
    partition, offset, idx
FROM decisions FINAL
WHERE stage = 'transfers' AND type = 'round_decided'
COMMENT 'Rounds: what areas lacked and could spare of an item, what was moved, and what could not be filled and why';

CREATE OR REPLACE VIEW dispatch_list $on_cluster AS
SELECT
    d.area AS area, 'household' AS kind, d.dispatch_id AS id, d.team AS carrier, d.requester_id AS destination,
    l.items AS items, d.units AS units, d.ordered_at AS ordered_at, d.deadline AS deadline, d.overdue AS overdue
FROM (SELECT * FROM dispatches WHERE state = 'out') AS d
LEFT JOIN
(
    SELECT dispatch_id, arrayMap(line -> concat(toString(line.5), ' ', line.4), lines) AS items
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'dispatch_ordered'
) AS l ON l.dispatch_id = d.dispatch_id
UNION ALL
SELECT
    from_area, 'transfer', transfer_id, lot_id, concat(area, ' ', warehouse),
    [concat(toString(if(state = 'on_the_way', shipped, set_aside - kept)), ' ', item)],
    if(state = 'on_the_way', shipped, set_aside - kept), ordered_at, if(state = 'on_the_way', deadline, ship_by), overdue
FROM transfers
WHERE state = 'on_the_way' OR (state = 'set_aside' AND set_aside > kept)
COMMENT 'What is to be taken where now: bags to households, and goods to warehouses of other areas';

ALTER TABLE dispatch_list $on_cluster
    COMMENT COLUMN area 'Area that it leaves from',
    COMMENT COLUMN kind 'household: a bag to a door; transfer: goods to another area',
    COMMENT COLUMN carrier 'Team; of a transfer, the lot that it is taken from',
    COMMENT COLUMN destination 'Requester; of a transfer, area and warehouse',
    COMMENT COLUMN deadline 'When it must have arrived; of a transfer that has not left, when it must leave';
