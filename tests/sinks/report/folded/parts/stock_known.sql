-- Stock by area and item as it was known, and the reserves set for it.
lots_known AS
(
    SELECT
        partition AS ledger_partition,
        lot AS lot_id,
        anyIf(area, type = 'lot_recorded') AS area,
        anyIf(item, type = 'lot_recorded') AS item,
        anyIf(warehouse, type = 'lot_recorded') AS warehouse,
        toDateOrNull(anyIf(JSONExtractString(body, 'expires_on'), type = 'lot_recorded')) AS expires_on,
        argMaxIf(type = 'lot_held' OR NOT JSONExtractBool(body, 'free'), (offset, idx), type IN ('lot_held', 'lot_freed'))
            AS is_held,
        countIf(type = 'lot_expired') > 0 AS is_expired,
        sum(shelf) AS on_shelf,
        sum(reserved) AS units_reserved,
        sum(transit) AS units_in_transit
    FROM
    (
        SELECT
            partition, offset, idx, type, lot_id AS lot, area, item, warehouse, body,
            multiIf(type IN ('lot_recorded', 'allocation_released', 'transfer_released'), quantity,
                type = 'lot_counted', delta, type IN ('lot_written_off', 'lot_transferred_out', 'allocation_made',
                'transfer_reserved'), -quantity, type = 'line_delivered', returned, 0) AS shelf,
            multiIf(type IN ('allocation_made', 'transfer_reserved'), quantity,
                type IN ('allocation_released', 'transfer_released'), -quantity, 0) AS reserved,
            if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS transit
        FROM decisions FINAL
        WHERE stage = 'supply' AND offset < supply_cut.1[partition] AND type IN ('lot_recorded', 'lot_counted',
            'lot_written_off', 'lot_transferred_out', 'lot_held', 'lot_freed', 'lot_expired', 'allocation_made',
            'allocation_released', 'line_delivered', 'transfer_reserved', 'transfer_released')
        UNION ALL
        SELECT partition, offset, idx, 'lot_split', from_lot_id, '', '', '', '', -quantity, 0, 0
        FROM decisions FINAL
        WHERE stage = 'supply' AND type = 'lot_recorded' AND from_lot_id != '' AND offset < supply_cut.1[partition]
        UNION ALL
        SELECT partition, offset, idx, type, line.lot_id, '', '', '', '', 0, -line.quantity, line.quantity
        FROM (SELECT partition, offset, idx, type, lines FROM decisions FINAL
            WHERE stage = 'supply' AND type = 'dispatch_ordered' AND offset < supply_cut.1[partition])
        ARRAY JOIN lines AS line
    )
    GROUP BY partition, lot
    HAVING countIf(type = 'lot_recorded') > 0
),
stock_known AS
(
    SELECT
        area, item, count() AS lots,
        sumIf(on_shelf, NOT is_held AND NOT is_expired) AS available,
        sumIf(on_shelf, is_held) AS held,
        sumIf(on_shelf, is_expired AND NOT is_held) AS expired,
        sum(units_reserved) AS reserved,
        sum(units_in_transit) AS in_transit,
        minIf(expires_on, on_shelf > 0 AND NOT is_held AND NOT is_expired) AS next_expiry
    FROM lots_known
    GROUP BY area, item
),
reserves_known AS
(
    SELECT
        area, item,
        argMaxIf(quantity, (offset, idx), type = 'floor_set') AS reserve_floor,
        argMaxIf(quantity, (offset, idx), type = 'plan_set') AS reserve_plan
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('floor_set', 'plan_set') AND offset < supply_cut.1[partition]
    GROUP BY area, item
)
