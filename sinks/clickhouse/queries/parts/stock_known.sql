-- Stock by area and item at {as_of}, and the reserves set for it.
stock_known AS
(
    SELECT
        area, item, sum(sign) AS lots,
        sum(sign * if(lot_spans.held OR lot_spans.expired, 0, shelf)) AS available,
        sum(sign * if(lot_spans.held, shelf, 0)) AS held,
        sum(sign * if(lot_spans.expired AND NOT lot_spans.held, shelf, 0)) AS expired,
        sum(sign * lot_spans.reserved) AS reserved,
        sum(sign * lot_spans.in_transit) AS in_transit
    FROM lot_spans
    WHERE
-- include: at_that_time
        AND
-- include: in_areas
    GROUP BY area, item
),
reserves_known AS
(
    SELECT
        area, item,
        argMaxIf(quantity, (offset, idx), type = 'floor_set') AS reserve_floor,
        argMaxIf(quantity, (offset, idx), type = 'plan_set') AS reserve_plan
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('floor_set', 'plan_set') AND offset < supply_cut[partition] AND
-- include: in_areas
    GROUP BY area, item
)
