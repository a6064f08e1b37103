-- where areas
    -- One consignment is of these areas as consignments_in_areas tells it of all: without a join, for its own lots alone.
    (empty({areas:Array(String)}) OR
    (
        SELECT count() > 0 FROM lot_spans
        WHERE
-- include: at_that_time
            AND
-- include: in_areas
            AND (consignment_id = {consignment:String} OR hasAny(known_as,
            (
                SELECT groupUniqArrayArray(lots) FROM consignment_spans WHERE consignment_id = {consignment:String} AND
-- include: at_that_time
            )))
    ))
-- else
    true
-- end
