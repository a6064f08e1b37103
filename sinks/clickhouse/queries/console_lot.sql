-- One lot as it stood at {as_of}.
SELECT
    partition, lot_id, area, item, warehouse, temperature, origin, expires_on, consignment_id, received, shelf, reserved,
    in_transit, delivered, written_off, transferred_out, held, expired
FROM lot_spans
WHERE lot_id = {lot:String} AND
-- include: at_that_time
    AND
-- include: in_areas
GROUP BY ALL
HAVING sum(sign) > 0
LIMIT 1
