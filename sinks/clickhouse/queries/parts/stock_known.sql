-- Stock by area and item at {as_of}, and the reserves set for it.
stock_known AS
(
    SELECT
        area, item, count() AS lots,
        sumIf(shelf, NOT lot_spans.held AND NOT lot_spans.expired) AS available,
        sumIf(shelf, lot_spans.held) AS held,
        sumIf(shelf, lot_spans.expired AND NOT lot_spans.held) AS expired,
        sum(lot_spans.reserved) AS reserved,
        sum(lot_spans.in_transit) AS in_transit,
        sum(lot_spans.sent) AS sent,
        min(first_sent) AS first_day,
        minIf(expires_on, shelf > 0 AND NOT lot_spans.held AND NOT lot_spans.expired) AS next_expiry
    FROM lot_spans FINAL
    PREWHERE
-- include: at_that_time
    WHERE
-- include: in_areas
    GROUP BY area, item
),
reserves_known AS
(
    SELECT
        area, item,
        argMaxIf(quantity, (offset, idx), type = 'floor_set') AS reserve_floor,
        argMaxIf(quantity, (offset, idx), type = 'plan_set') AS reserve_plan
    FROM decisions
    WHERE stage = 'supply' AND type IN ('floor_set', 'plan_set') AND offset < supply_cut[partition] AND
-- include: in_areas
    GROUP BY area, item
)
