-- One lot as it stood at {as_of}.
SELECT
    partition, lot_id, area, item, warehouse, temperature, origin, expires_on, consignment_id, received, shelf, reserved,
    in_transit, delivered, written_off, transferred_out, held, expired
FROM lot_spans FINAL
WHERE partition IN (SELECT partition FROM decision_subjects WHERE subject = 'lot' AND id = {lot:String})
    AND lot_id = {lot:String} AND
-- include: at_that_time
    AND
-- include: in_areas
