-- The reserves set by area and item at {as_of}.
reserves_known AS
(
    SELECT
        area, item,
        argMaxIf(quantity, (offset, idx), type = 'floor_set') AS reserve_floor,
        argMaxIf(quantity, (offset, idx), type = 'plan_set') AS reserve_plan
    FROM reserve_facts
    WHERE known_at <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
    GROUP BY area, item
)
